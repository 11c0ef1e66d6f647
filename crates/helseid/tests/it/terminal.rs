//! What is for terminals alone: colours, tables and progress. A terminal is lent by `script`, which Linux systems have.

use crate::world::World;

/// What a command writes on a terminal.
fn on_a_terminal(world: &World, line: &str, no_color: bool) -> String {
    let mut command = world.on_a_terminal(line);
    if no_color {
        command.env("NO_COLOR", "1");
    } else {
        command.env_remove("NO_COLOR");
    }
    String::from_utf8_lossy(&command.output().unwrap().stdout).replace("\r\n", "\n")
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let world = World::new();
    let plain = String::from_utf8(world.run(&["doctor"]).stdout).unwrap();
    assert!(plain.starts_with("FAILED  configuration ") && !plain.contains('\u{1b}'), "{plain}");
    let coloured = on_a_terminal(&world, "doctor", false);
    assert!(coloured.contains("\u{1b}[1;31mFAILED \u{1b}[0m configuration"), "{coloured:?}");
    let uncoloured = on_a_terminal(&world, "doctor", true);
    assert!(uncoloured.contains("FAILED  configuration") && !uncoloured.contains('\u{1b}'), "{uncoloured:?}");
}

#[test]
fn lists_are_tables_on_a_terminal_and_lines_elsewhere() {
    let world = World::new();
    let _authority = world.authority();
    // A name that would colour the terminal of whoever reads it.
    world.fails(1, &["org", "add", "123456785", "--name", "\u{1b}[31mrødt"]);
    world.ok(&["org", "add", "123456785", "--name", "Flakstadvågøy rødt", "--child", "999977776"]);
    let lines = world.ok(&["org", "list"]);
    assert!(lines.contains("123456785  Flakstadvågøy rødt  999977776\n"), "{lines}");
    let table = on_a_terminal(&world, "org list", true);
    let heading = table.lines().find(|line| line.starts_with("NUMBER")).unwrap();
    let row = table.lines().find(|line| line.starts_with("123456785")).unwrap();
    let column = |line: &str, word: &str| line.split(word).next().unwrap().chars().count();
    assert_eq!(column(heading, "NAME"), column(row, "Flakstad"), "{table}");
    assert_eq!(column(heading, "CHILDREN"), column(row, "999977776"), "{table}");
}

#[test]
fn a_large_body_has_a_progress_line_on_a_terminal_alone() {
    let world = World::new();
    let _authority = world.authority();
    world.ok(&["init"]);
    let (url, _came) = crate::calls::echo();
    std::fs::write(world.path("large.bin"), vec![7; 5_000_000]).unwrap();
    let line = format!("call {url} -X PUT --data @large.bin --output back.bin");
    let said = on_a_terminal(&world, &line, false);
    assert!(
        said.contains("received [") && said.contains("sent [") && said.contains("100 %, 4.7 MiB of 4.7 MiB"),
        "{said:?}"
    );
    assert!(said.ends_with("\r\u{1b}[K"), "the line is taken away at the end: {said:?}");
    let quiet = world.run(&["call", &url, "-X", "PUT", "--data", "@large.bin", "--output", "back.bin"]);
    assert!(quiet.stderr.is_empty(), "{}", String::from_utf8_lossy(&quiet.stderr));
}
