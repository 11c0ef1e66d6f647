//! `--port`, which many servers have: those of this program listen on whole addresses, and say so to whoever tries it.

use clap::builder::UnknownArgumentValueParser;
use clap::{Arg, Command};

/// Has each command below `command` that takes `--listen` name it where `--port` was given. Help and manual do not show it.
pub(super) fn with_port_hint(command: Command) -> Command {
    command.mut_subcommands(|own| {
        let listens = own.get_arguments().any(|argument| argument.get_long() == Some("listen"));
        with_port_hint(if listens { own.arg(port()) } else { own })
    })
}

fn port() -> Arg {
    let parser = UnknownArgumentValueParser::suggest("it is part of the address: --listen 127.0.0.1:PORT");
    Arg::new("port").long("port").hide(true).value_parser(parser)
}

#[cfg(all(test, feature = "authority", feature = "sidecar"))]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::args::Arguments;

    #[test]
    fn who_gives_a_port_to_what_listens_is_told_of_listen_and_of_nothing_else() {
        for (words, listens) in [
            (&["authority", "--port", "8080"][..], true),
            (&["authority", "--port=8080"], true),
            (&["sample-api", "--port", "5000"], true),
            (&["sidecar", "--port", "8481"], true),
            (&["token", "get", "--port", "1"], false),
        ] {
            let words = ["helseid"].iter().chain(words);
            let said =
                with_port_hint(Arguments::command()).try_get_matches_from(words).unwrap_err().to_string();
            assert!(said.starts_with("error: unexpected argument '--port"), "{said}");
            assert_eq!(said.contains("--listen 127.0.0.1:PORT"), listens, "{said}");
            assert!(!listens || !said.contains("similar"), "{said}");
        }
    }
}
