//! A command that runs before each connection, and the values it prints for URL and fields.

use std::fmt;
use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::time::timeout;
use wsspec_core::dissect::printable;

/// The longest time the command may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of its output that are read, and of its stderr that are quoted.
const OUTPUT: u64 = 64 << 10;
const QUOTED: usize = 300;

/// The name of the value of an output that is one line without a name.
const TOKEN: &str = "token";

/// Names and values.
pub(crate) type Values = Vec<(String, String)>;

/// A command line, for the shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Each(pub(crate) String);

/// Why there are no values.
#[derive(Debug)]
pub(crate) enum EachError {
    /// It cannot be started, or read.
    Io(io::Error),
    /// It takes too long.
    TooSlow,
    /// It failed: its status and what it wrote to stderr.
    Failed(String, String),
    /// It printed no value that is named in the URL or a field; what it printed.
    NoValue(String),
    /// A value contains a blank or a control character, which neither a URL nor a token may.
    BadValue(String),
}

impl fmt::Display for EachError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the command of --each ")?;
        match self {
            EachError::Io(error) => write!(f, "cannot be run: {error}"),
            EachError::TooSlow => write!(f, "took more than {} s", PATIENCE.as_secs()),
            EachError::Failed(status, stderr) if stderr.is_empty() => {
                write!(f, "failed with {status}")
            }
            EachError::Failed(status, stderr) => {
                write!(f, "failed with {status}; its stderr says: {stderr}")
            }
            EachError::NoValue(printed) => write!(
                f,
                "printed no value for a {{name}} in the URL or a field: \"{printed}\""
            ),
            EachError::BadValue(name) => write!(f, "printed a blank in the value of {name}"),
        }
    }
}

impl std::error::Error for EachError {}

impl Each {
    /// Runs the command, for a template that has these names in it.
    pub(super) async fn values(&self, names: &[String]) -> Result<Values, EachError> {
        let output = timeout(PATIENCE, self.output())
            .await
            .map_err(|_| EachError::TooSlow)??;
        values(&output, names)
    }

    async fn output(&self) -> Result<String, EachError> {
        let mut command = shell(&self.0);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(EachError::Io)?;
        let (stdout, stderr) = tokio::join!(all(child.stdout.take()), all(child.stderr.take()));
        let status = child.wait().await.map_err(EachError::Io)?;
        if status.success() {
            return Ok(String::from_utf8_lossy(&stdout).into_owned());
        }
        let stderr = stderr.trim_ascii();
        let quoted = printable(&stderr[stderr.len().saturating_sub(QUOTED)..]);
        Err(EachError::Failed(status.to_string(), quoted))
    }
}

#[cfg(unix)]
fn shell(line: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(line);
    command
}

#[cfg(not(unix))]
fn shell(line: &str) -> Command {
    let mut command = Command::new("cmd");
    command.arg("/C").arg(line);
    command
}

/// The beginning of what comes; the rest is not read.
async fn all(source: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(source) = source {
        let _ = source.take(OUTPUT).read_to_end(&mut bytes).await;
    }
    bytes
}

/// The values in an output: lines of `name=value`, or one line that is the token.
fn values(output: &str, names: &[String]) -> Result<Values, EachError> {
    let lines: Vec<&str> = output.lines().map(str::trim).collect();
    let lines: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    let mut values: Values = lines
        .iter()
        .filter_map(|line| line.split_once('='))
        .filter(|(name, _)| contains(names, name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    if let ([], [line]) = (&values[..], &lines[..])
        && contains(names, TOKEN)
    {
        values.push((TOKEN.into(), (*line).to_owned()));
    }
    if values.is_empty() {
        let quoted = &output.as_bytes()[..output.len().min(QUOTED)];
        return Err(EachError::NoValue(printable(quoted)));
    }
    match values.iter().find(|(_, value)| has_blank(value)) {
        Some((name, _)) => Err(EachError::BadValue(name.clone())),
        None => Ok(values),
    }
}

fn contains(names: &[String], name: &str) -> bool {
    names.iter().any(|known| known == name)
}

/// Whether a value has white space or a control character in it.
fn has_blank(value: &str) -> bool {
    value.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// The names in a template: `{name}`, or with the braces escaped, as in the path of a URL.
pub(super) fn names(template: &str) -> Vec<String> {
    let template = template.replace("%7B", "{").replace("%7D", "}");
    let parts = template.split('{').skip(1);
    parts
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name.to_owned())
        .filter(|name| is_name(name))
        .collect()
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(is_in_names)
}

fn is_in_names(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

/// A template with the values filled in.
pub(super) fn filled(template: &str, values: &Values) -> String {
    values
        .iter()
        .fold(template.to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
                .replace(&format!("%7B{name}%7D"), value)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(output: &str) -> Option<Values> {
        values(output, &["token".into(), "sid".into()]).ok()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Values {
        let owned = pairs.iter().map(|(n, v)| ((*n).into(), (*v).into()));
        owned.collect()
    }

    #[test]
    fn an_output_is_named_values_or_one_token() {
        assert_eq!(read("abc==\n"), Some(pairs(&[("token", "abc==")])));
        assert_eq!(
            read("sid=1\n\ntoken=x=y\nother=2\n"),
            Some(pairs(&[("sid", "1"), ("token", "x=y")]))
        );
        assert_eq!(read("sid=1\n"), Some(pairs(&[("sid", "1")])));
        for none in ["", "a\nb\n", "token=a b"] {
            assert_eq!(read(none), None, "{none:?}");
        }
    }

    #[test]
    fn a_template_is_filled_wherever_a_name_stands() {
        let template = "/%7Bsid%7D/x?t={token}&{not a name}";
        assert_eq!(names(template), ["sid", "token"]);
        let values = pairs(&[("token", "T"), ("sid", "S")]);
        assert_eq!(filled(template, &values), "/S/x?t=T&{not a name}");
    }

    fn each(line: &str) -> Each {
        Each(line.into())
    }

    #[tokio::test]
    async fn a_command_that_fails_says_why() {
        let token = ["token".to_owned()];
        assert_eq!(
            each("echo abc").values(&token).await.ok(),
            Some(pairs(&[("token", "abc")]))
        );
        let failed = each("echo no ticket >&2; exit 3").values(&token).await;
        assert!(matches!(failed, Err(EachError::Failed(_, why)) if why == "no ticket"));
    }
}
