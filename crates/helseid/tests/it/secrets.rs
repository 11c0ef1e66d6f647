//! No secret is written where it does not belong: every command of the transcripts is typed again with all logs on, and
//! everything that was said and every file that was left is searched.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::scripts::{CLIENT, OFFLINE, REGISTRY, SERVERS, Script};
use crate::world::World;

/// Files whose purpose is to hold a secret.
const KEEPERS: [&str; 8] =
    ["_private.json", ".new", ".retired", ".pem", ".p12", "admin.json", "token.txt", "proof.txt"];

/// The numbers of persons in the transcripts of the registry: what is typed, and two that are there from the start.
const PERSON_NUMBERS: [&str; 4] = ["29829620004", "29029620004", "06828399789", "15849197352"];

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| if path.is_dir() { files_below(&path) } else { vec![path] };
    entries.flat_map(below).collect()
}

/// The private numbers of every key that lies in the folder, the password of the transcripts, the admin token.
fn secrets(world: &World) -> Vec<String> {
    let mut found = vec!["hemmelig".to_owned()];
    for file in files_below(&world.path("")) {
        let Ok(content) = serde_json::from_slice::<Value>(&std::fs::read(&file).unwrap()) else { continue };
        let members = ["d", "p", "q", "dp", "dq", "qi", "token"];
        found.extend(members.iter().filter_map(|name| content[name].as_str().map(str::to_owned)));
    }
    found
}

/// Types the script with all logs on, and gives what was said: stdout and stderr of each line.
fn typed(world: &World, script: Script, api: &str) -> Vec<(String, String, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let line = |(code, line): &(i32, &str)| {
        let output = world.shell(line).env("HELSEID_LOG", "trace").env("API", api).output().unwrap();
        assert_eq!(output.status.code(), Some(*code), "{line}\n{}", text(&output.stderr));
        ((*line).to_owned(), text(&output.stdout), text(&output.stderr))
    };
    script.iter().map(line).collect()
}

/// Where a secret was said or left.
fn leaks(world: &World, said: &[(String, String, String)]) -> Vec<String> {
    let secrets = secrets(world);
    assert!(secrets.len() > 1, "there is nothing to search for");
    let is_open = |text: &str| secrets.iter().any(|secret| text.contains(secret));
    let mut leaks = Vec::new();
    for (line, stdout, stderr) in said {
        if is_open(stdout) || is_open(stderr) {
            leaks.push(format!("{line}: says a secret"));
        }
        // Tokens, proofs and assertions go to stdout where that is asked for, and never to the logs.
        let mut jwts = stderr.split("eyJ").skip(1);
        if jwts.any(|rest| rest.split_whitespace().next().unwrap_or_default().len() > 40) {
            leaks.push(format!("{line}: logs a JWT"));
        }
    }
    let names = |name: &str| KEEPERS.iter().any(|keeper| name.ends_with(keeper));
    for file in files_below(&world.path("")).into_iter().filter(|file| !names(&file.to_string_lossy())) {
        if is_open(&String::from_utf8_lossy(&std::fs::read(&file).unwrap())) {
            leaks.push(format!("{} holds a secret", file.display()));
        }
    }
    leaks
}

#[track_caller]
fn search(world: &World, said: &[(String, String, String)]) {
    assert!(said.iter().map(|(_, _, stderr)| stderr.len()).sum::<usize>() > 200, "the logs are not on");
    assert_eq!(leaks(world, said), [""; 0]);
}

#[test]
fn the_search_finds_what_is_planted() {
    let world = World::new();
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "m2m"]);
    let said = |stdout: &str, stderr: &str| vec![("a line".to_owned(), stdout.to_owned(), stderr.to_owned())];
    let private = world.read("m2m_private.json");
    assert_eq!(leaks(&world, &said("nothing", "nothing")), [""; 0]);
    assert_eq!(leaks(&world, &said(&private, "")), ["a line: says a secret"]);
    assert_eq!(leaks(&world, &said("", &private)), ["a line: says a secret"]);
    let token = format!("Bearer eyJ{}", "a".repeat(60));
    assert_eq!(leaks(&world, &said("", &token)), ["a line: logs a JWT"]);
    world.write("left.log", &private);
    assert_eq!(leaks(&world, &said("", "")).len(), 1);
}

#[test]
fn no_command_says_or_leaves_a_secret_where_it_does_not_belong() {
    let world = World::new();
    search(&world, &typed(&world, OFFLINE, ""));
    let world = World::new();
    let (_authority, api) = world.authority_and_api();
    let mut said = typed(&world, CLIENT, api.line["url"].as_str().unwrap());
    // And once with the key in the environment.
    let variables = "HELSEID_CLIENT_JWK=\"$(cat m2m_private.json)\" HELSEID_CLIENT_ID=a HELSEID_ISSUER=http://localhost:1";
    for command in [
        "config show",
        "config check",
        "config show --format json",
        "token get",
        "doctor",
        "doctor --format json",
    ] {
        let line = format!("{variables} helseid {command} --config /dev/null");
        let output = world.shell(&line).env("HELSEID_LOG", "trace").output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        said.push((line, text(&output.stdout), text(&output.stderr)));
    }
    search(&world, &said);
    let world = World::new();
    let (_authority, _api) = world.authority_and_api();
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "m2m"]);
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "ny"]);
    let said = typed(&world, REGISTRY, "");
    search(&world, &said);
    let has_number = |text: &str| PERSON_NUMBERS.iter().any(|number| text.contains(number));
    let repeats = |(_, stdout, stderr): &&(String, String, String)| has_number(stdout) || has_number(stderr);
    assert_eq!(said.iter().find(repeats), None, "a person's number is repeated");
    let world = World::new();
    world.write("seed.toml", "[[api]]\naudience = \"nhn:min\"\nscopes = [\"nhn:min/les\"]\n");
    search(&world, &typed(&world, SERVERS, ""));
}

/// What can be typed as an argument stands in everyone's list of processes.
#[test]
fn no_flag_takes_a_secret() {
    let help = crate::manual::commands(&World::new());
    for (words, help) in help {
        for flag in help.lines().map(str::trim_start).filter(|line| line.starts_with("--")) {
            let name = flag.split_whitespace().next().unwrap();
            let open = ["secret", "password", "private", "token"].iter().any(|word| name.contains(word))
                || name == "--jwk";
            assert!(
                !open
                    || ["--token-file", "--token-cache", "--secret-file"].contains(&name)
                    || name.ends_with("token-lifetime"),
                "{words:?} {flag}"
            );
        }
    }
}
