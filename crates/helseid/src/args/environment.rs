//! The environment as containers, units and CI jobs hand it over: a variable that is set and holds nothing is as good as unset,
//! and blanks and line ends around a value do not belong to it.

use std::ffi::{OsStr, OsString};

use clap::{Arg, ArgAction, Command};

/// Has every argument of `command` and of those below it read its variable so.
pub(super) fn lenient(command: Command) -> Command {
    command.mut_args(|argument| trimmed(argument, |name| std::env::var_os(name))).mut_subcommands(lenient)
}

/// What is trimmed stands as a default: clap reads variables itself, untrimmed, and a flag still goes before it.
fn trimmed(argument: Arg, variable: impl Fn(&OsStr) -> Option<OsString>) -> Arg {
    let Some(value) = argument.get_env().and_then(variable) else { return argument };
    let Some(text) = value.to_str() else { return argument };
    let inner = text.trim();
    // A switch that is said to be off: given at all, it would rule out what cannot go with it.
    let is_off = matches!(argument.get_action(), ArgAction::SetTrue) && is_false(inner);
    match inner {
        _ if is_off => argument.env(None::<&'static str>),
        "" => argument.env(None::<&'static str>),
        whole if whole == text => argument,
        _ => {
            let inner = inner.to_owned();
            argument.env(None::<&'static str>).default_value(inner)
        }
    }
}

/// The words that clap takes for no.
fn is_false(text: &str) -> bool {
    ["0", "n", "no", "f", "false", "off"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use clap::builder::BoolishValueParser;

    use super::*;

    /// What the variable's argument says once it was read, of `--number` and `--flag`.
    fn read(value: &str, arguments: &[&str]) -> Option<Vec<u16>> {
        let argument = Arg::new("number").long("number").env("HELSEID_NO_SUCH_VARIABLE");
        let argument =
            argument.value_parser(clap::value_parser!(u16)).value_delimiter(',').action(ArgAction::Append);
        let argument = trimmed(argument, |_| Some(value.into()));
        let matches = Command::new("a").arg(argument).try_get_matches_from(arguments).unwrap();
        matches.get_many("number").map(|numbers| numbers.copied().collect())
    }

    #[test]
    fn a_blank_value_is_unset_and_what_is_around_a_value_is_not_of_it() {
        for blank in ["", " ", "\n", "\r\n", "\t "] {
            assert_eq!(read(blank, &["a"]), None, "{blank:?}");
        }
        assert_eq!(read("8080\n", &["a"]), Some(vec![8080]));
        assert_eq!(read(" 1,2\r\n", &["a"]), Some(vec![1, 2]));
        assert_eq!(read("8080\n", &["a", "--number", "1"]), Some(vec![1]));
    }

    #[test]
    fn a_switch_is_read_in_the_usual_words_with_a_line_end_too() {
        for (value, on) in [("1\n", true), (" yes ", true), ("false\n", false), ("0 ", false)] {
            let argument =
                Arg::new("flag").long("flag").env("HELSEID_NO_SUCH_VARIABLE").action(ArgAction::SetTrue);
            let argument = trimmed(argument.value_parser(BoolishValueParser::new()), |_| Some(value.into()));
            let matches = Command::new("a").arg(argument).try_get_matches_from(["a"]).unwrap();
            assert_eq!(matches.get_flag("flag"), on, "{value:?}");
        }
    }
}
