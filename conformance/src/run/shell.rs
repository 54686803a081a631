//! Command lines that can be pasted into a POSIX shell.

use std::fmt;

/// Quotes an argument for a POSIX shell, if it needs quoting.
pub fn quote(argument: &str) -> String {
    if !argument.is_empty() && argument.chars().all(is_plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', r"'\''"))
    }
}

/// Whether a shell takes this character literally, wherever it stands in an argument.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_./:=@%+{}".contains(c)
}

/// An argument of a command line. Its secrets are left to variables of the shell that it is pasted
/// into. `Display` quotes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Argument(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// The value of this variable.
    Variable(String),
}

/// What the names of variables for secrets begin with.
const VARIABLES: &str = "WSSPEC_";

impl Argument {
    /// Appends a text.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Argument {
        self.0.push(Piece::Text(text.into()));
        self
    }

    /// Appends a secret, which the field or parameter `name` has: the variable `WSSPEC_NAME`.
    #[must_use]
    pub fn secret(mut self, name: &str) -> Argument {
        let name = name.to_ascii_uppercase();
        let name = name.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        self.0.push(Piece::Variable(format!("{VARIABLES}{name}")));
        self
    }

    /// The same with neighbouring texts as one.
    fn joined(self) -> Argument {
        let mut pieces: Vec<Piece> = Vec::new();
        for piece in self.0 {
            match (pieces.last_mut(), piece) {
                (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
                (_, piece) => pieces.push(piece),
            }
        }
        Argument(pieces)
    }

    fn is_an_option(&self) -> bool {
        matches!(self.0.first(), Some(Piece::Text(text)) if text.starts_with('-'))
    }
}

impl<S: Into<String>> From<S> for Argument {
    fn from(text: S) -> Argument {
        Argument::default().text(text)
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [Piece::Text(text)] = &self.0[..] {
            return f.write_str(&quote(text));
        }
        f.write_str("\"")?;
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => {
                    for c in text.chars() {
                        if "\\\"$`".contains(c) {
                            f.write_str("\\")?;
                        }
                        write!(f, "{c}")?;
                    }
                }
                Piece::Variable(name) => write!(f, "${{{name}}}")?,
            }
        }
        f.write_str("\"")
    }
}

/// A command line, argument by argument. `Display` quotes each one for a shell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommandLine(Vec<Argument>);

impl CommandLine {
    /// Appends an argument.
    pub fn push(&mut self, argument: impl Into<Argument>) -> &mut Self {
        self.0.push(argument.into());
        self
    }

    /// Appends an option with its value: `--name value`, or `--name=value` where the value would be
    /// read as an option.
    pub fn option(&mut self, name: &str, value: impl fmt::Display) -> &mut Self {
        self.option_of(name, value.to_string())
    }

    /// The same for a value that may have secrets.
    pub fn option_of(&mut self, name: &str, value: impl Into<Argument>) -> &mut Self {
        let value = value.into();
        if value.is_an_option() {
            let mut whole = Argument::from(format!("{name}="));
            whole.0.extend(value.0);
            self.push(whole.joined())
        } else {
            self.push(name).push(value)
        }
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, argument) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            argument.fmt(f)?;
        }
        Ok(())
    }
}

impl<A: Into<Argument>> Extend<A> for CommandLine {
    fn extend<I: IntoIterator<Item = A>>(&mut self, arguments: I) {
        self.0.extend(arguments.into_iter().map(Into::into));
    }
}

impl<A: Into<Argument>> FromIterator<A> for CommandLine {
    fn from_iter<I: IntoIterator<Item = A>>(arguments: I) -> Self {
        CommandLine(arguments.into_iter().map(Into::into).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_only_what_a_shell_would_interpret() {
        for (argument, quoted) in [
            ("{url}", "{url}"),
            ("ws://[::1]:9001/?a=1", "'ws://[::1]:9001/?a=1'"),
            ("", "''"),
            ("it's", r"'it'\''s'"),
        ] {
            assert_eq!(quote(argument), quoted);
        }
    }

    #[test]
    fn a_secret_is_left_to_a_variable() {
        let field = Argument::from("X-Api-Key: a\"$").secret("X-Api-Key");
        let mut line = CommandLine::from_iter(["wsspec"]);
        line.option_of("-H", field);
        line.option_of("-H", Argument::from("-a: ").secret("a"));
        assert_eq!(
            line.to_string(),
            r#"wsspec -H "X-Api-Key: a\"\$${WSSPEC_X_API_KEY}" "-H=-a: ${WSSPEC_A}""#
        );
    }

    #[test]
    fn an_option_keeps_its_value_apart_from_other_options() {
        let mut line = CommandLine::from_iter(["wsspec", "run"]);
        line.option("--origin", "a b").option("--origin", "-x");
        assert_eq!(line.to_string(), "wsspec run --origin 'a b' --origin=-x");
    }
}
