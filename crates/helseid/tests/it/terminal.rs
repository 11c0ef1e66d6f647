//! What is for terminals alone: colours, tables and progress. A terminal is lent by `script`, which Linux systems have.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

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
    let refused = world.run(&["org", "add", "123456785", "--name", "\u{1b}[31mrødt"]);
    assert!(refused.status.code() == Some(2) && !refused.stderr.contains(&0x1b), "{refused:?}");
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

/// A link opens the admin pages to whoever reads it, and what is no terminal may be a file or a journal that many read.
#[test]
fn a_sign_in_link_is_for_terminals_alone_and_elsewhere_there_is_the_command_that_prints_one() {
    let world = World::new();
    let folder = world.path("our data, it's");
    let mut command = world.command(&["authority", "--listen", "127.0.0.1:0", "--alg", "ES256"]);
    command.env("HELSEID_DATA_DIR", &folder).stderr(std::fs::File::create(world.path("log")).unwrap());
    let _authority = World::served(command);
    let log = world.read("log");
    assert!(!log.contains("sign-in#"), "{log}");
    let (_, printer) = log.split_once("print a sign-in link with ").unwrap();
    let printed = world.shell(printer.lines().next().unwrap()).output().unwrap();
    let link = String::from_utf8(printed.stdout).unwrap();
    assert!(link.starts_with("http://localhost:") && link.contains("/admin/sign-in#"), "{link} {log}");

    let mut command =
        world.command(&["authority", "--in-memory", "--listen", "127.0.0.1:0", "--alg", "ES256"]);
    command.stderr(std::fs::File::create(world.path("log")).unwrap());
    let _authority = World::served(command);
    let log = world.read("log");
    assert!(
        !log.contains("sign-in#") && log.contains("no sign-in link") && log.contains("--data-dir"),
        "{log}"
    );
    let mut command = world.command(&["authority", "--in-memory", "--no-admin", "--listen", "127.0.0.1:0"]);
    command.stderr(std::fs::File::create(world.path("log")).unwrap());
    let _authority = World::served(command);
    assert!(!world.read("log").contains("sign-in"));

    let mut terminal = world.on_a_terminal("authority --in-memory --listen 127.0.0.1:0 --alg ES256");
    let mut terminal = terminal.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(terminal.stdout.take().unwrap()).lines().map_while(Result::ok);
    let told: Vec<_> = lines.take_while(|line| !line.starts_with('{')).collect();
    terminal.kill().unwrap();
    terminal.wait().unwrap();
    assert!(told.iter().any(|line| line.contains("/admin/sign-in#")), "{told:?}");
}

/// An API that answers every request with what would retitle and clear a terminal.
fn steering_api() -> String {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            while let Ok(Some(_)) = helseid_testkit::read_message(&mut stream) {
                let head = "HTTP/1.1 200 OK\r\nx-note: a\u{9b}31mb\r\ncontent-length: 16\r\n\r\n";
                let sent = std::io::Write::write_all(&mut stream, head.as_bytes());
                let _ =
                    sent.and_then(|()| std::io::Write::write_all(&mut stream, b"\x1b]0;owned\x07\tgood\n"));
            }
        }
    });
    url
}

#[test]
fn what_an_api_sends_steers_no_terminal_and_is_whole_in_a_pipe() {
    let world = World::new();
    let _authority = world.authority();
    world.ok(&["init"]);
    let url = steering_api();
    let piped = world.run(&["call", "--include", &url]).stdout;
    let body: &[u8] = b"\x1b]0;owned\x07\tgood\n";
    assert!(piped.ends_with(body), "{}", String::from_utf8_lossy(&piped));
    assert!(String::from_utf8_lossy(&piped).contains("x-note: a\u{9b}31mb"));
    let shown = on_a_terminal(&world, &format!("call --include {url}"), true);
    assert!(shown.contains("\u{fffd}]0;owned\u{fffd}\tgood\n"), "{shown:?}");
    assert!(shown.contains("x-note: a\u{fffd}31mb"), "{shown:?}");
    assert!(!shown.contains(['\u{1b}', '\u{7}', '\u{9b}']), "{shown:?}");
}
