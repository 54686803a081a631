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

/// A command line, argument by argument. `Display` quotes each one for a shell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommandLine(Vec<String>);

impl CommandLine {
    /// Appends an argument.
    pub fn push(&mut self, argument: impl Into<String>) -> &mut Self {
        self.0.push(argument.into());
        self
    }

    /// Appends an option with its value: `--name value`, or `--name=value` where the value would be
    /// read as an option.
    pub fn option(&mut self, name: &str, value: impl fmt::Display) -> &mut Self {
        let value = value.to_string();
        if value.starts_with('-') {
            self.push(format!("{name}={value}"))
        } else {
            self.push(name).push(value)
        }
    }

    /// The arguments, unquoted.
    pub fn arguments(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, argument) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            f.write_str(&quote(argument))?;
        }
        Ok(())
    }
}

impl Extend<String> for CommandLine {
    fn extend<I: IntoIterator<Item = String>>(&mut self, arguments: I) {
        self.0.extend(arguments);
    }
}

impl<S: Into<String>> FromIterator<S> for CommandLine {
    fn from_iter<I: IntoIterator<Item = S>>(arguments: I) -> Self {
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
    fn an_option_keeps_its_value_apart_from_other_options() {
        let mut line = CommandLine::from_iter(["wsspec", "run"]);
        line.option("--origin", "a b").option("--origin", "-x");
        assert_eq!(line.to_string(), "wsspec run --origin 'a b' --origin=-x");
    }
}
