//! Words of a command line, so that it can be pasted into a shell.

/// An argument as a shell takes it: in quotes where it needs them.
pub fn word(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+{}".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn only_what_a_shell_would_take_apart_is_quoted() {
        for (argument, written) in [
            ("{url}", "{url}"),
            ("ws://[::1]:9001/?a=1", "'ws://[::1]:9001/?a=1'"),
            ("", "''"),
            ("it's", r"'it'\''s'"),
        ] {
            assert_eq!(word(argument), written);
        }
    }
}
