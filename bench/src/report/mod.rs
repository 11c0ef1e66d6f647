//! The figures of the last whole run as tables and pictures, in `docs/performance.md`.
//!
//! | module | what |
//! | --- | --- |
//! | `measured` | the figures, asked for by name; what is missing is an error |
//! | `goals` | what we want to reach, as data, and the verdicts |
//! | `loads`, `tables` | one table for each part of the bench |
//! | `machine` | what it was measured on |
//! | `plot` | pictures |
//! | `markdown`, `document` | numbers and tables, and where they go |

mod document;
mod goals;
mod loads;
mod machine;
mod markdown;
mod measured;
mod plot;
mod tables;
#[cfg(test)]
mod tests;

use std::path::Path;

pub(crate) use measured::Incomplete;

use crate::figures;
use document::Block;
use loads::Asked;
use measured::Measured;

const DOCUMENT: &str = "docs/performance.md";

/// A picture's file beside the document, and what it shows when it cannot be seen.
const SCORES: (&str, &str) =
    ("pictures/score.svg", "Bars of the score under each load, ours beside its peers");
const MEMORY: (&str, &str) = ("pictures/memory.svg", "The authority's memory over three million tokens");

/// Writes the figures into the document of the checkout at `root`, and the pictures beside it. Nothing is written when
/// anything is missing.
pub(crate) fn run(root: &Path) -> Result<(), Incomplete> {
    let measured = Measured::new(figures::all());
    let mut blocks = blocks(&measured)?;
    blocks.push(Block { name: "instructions", text: tables::instructions(root)? });
    blocks.push(Block { name: "machine", text: machine::table(root)? });
    let file = root.join(DOCUMENT);
    let document = std::fs::read_to_string(&file).map_err(|why| refused(&file, &why))?;
    let document = document::fill(&document, &blocks)?;
    let pictures = [(SCORES.0, plot::scores(&measured)?), (MEMORY.0, plot::memory(&measured)?)];
    for (name, picture) in pictures {
        write(&root.join("docs").join(name), &picture)?;
    }
    write(&file, &document)
}

/// All parts of the document that are made of figures alone.
fn blocks(measured: &Measured) -> Result<Vec<Block>, Incomplete> {
    let block = |name: &'static str, text: String| Block { name, text };
    Ok(vec![
        block("goals", goals::table(measured)?),
        block("scores", shown(SCORES)),
        block("limits", tables::limits(measured)?),
        block("token endpoints", loads::table(measured, Asked::Token)?),
        block("logins", loads::table(measured, Asked::Login)?),
        block("APIs", loads::table(measured, Asked::Api)?),
        block("pairs", tables::pairs(measured)?),
        block("scale", tables::scale(measured)?),
        block("memory", tables::memory(measured)?),
        block("processes", tables::processes(measured)?),
        block("sidecar", tables::sidecar(measured)?),
        block("endurance", format!("{}\n\n{}", shown(MEMORY), tables::endurance(measured)?)),
    ])
}

fn shown((file, words): (&str, &str)) -> String {
    format!("![{words}]({file})")
}

fn write(file: &Path, text: &str) -> Result<(), Incomplete> {
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(file, text))
        .map_err(|why| refused(file, &why))
}

fn refused(file: &Path, why: &std::io::Error) -> Incomplete {
    Incomplete::new(format!("{}: {why}; --root names the checkout", file.display()))
}
