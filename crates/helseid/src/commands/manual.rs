//! `completions` and `man`: made from the same description as the arguments.

use clap::{Command, CommandFactory as _};

use crate::args::{Arguments, CompletionsFlags, ManFlags};
use crate::failure::Failure;
use crate::output;

pub(crate) fn completions(flags: &CompletionsFlags) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(flags.shell, &mut Arguments::command(), "helseid", &mut script);
    output::data(&script)
}

pub(crate) fn man(flags: &ManFlags) -> Result<(), Failure> {
    let mut whole = without_help(Arguments::command());
    whole.build();
    if let Some(folder) = &flags.out {
        let failed = |why: std::io::Error| {
            Failure::new(
                format_args!("the pages cannot be written to {}", folder.display()),
                why,
                "check the folder",
            )
        };
        std::fs::create_dir_all(folder).map_err(failed)?;
        clap_mangen::generate_to(whole, folder).map_err(failed)?;
        output::tell(&format!("wrote the pages into {}", folder.display()));
        return Ok(());
    }
    let page = find(&whole, &flags.command)?;
    let mut text = Vec::new();
    clap_mangen::Man::new(page)
        .render(&mut text)
        .map_err(|why| Failure::new("the page cannot be made", why, "report this as a bug"))?;
    output::data(&text)
}

/// A page for each command, and none for asking for help with it.
fn without_help(command: Command) -> Command {
    command.disable_help_subcommand(true).mut_subcommands(without_help)
}

fn find(whole: &Command, path: &[String]) -> Result<Command, Failure> {
    let mut found = whole;
    for word in path {
        found = found.find_subcommand(word).ok_or_else(|| {
            let what = format!("there is no command {}", path.join(" "));
            Failure::usage(
                what,
                format_args!("{word:?} is none of its words"),
                "see all of them: helseid --help",
            )
        })?;
    }
    Ok(found.clone())
}
