//! `call` with bodies of any size, an API that wants its nonce, and tokens kept between calls.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, Sender, channel};

use helseid_protocol::jose::base64url;
use serde_json::Value;

use crate::world::World;

/// A request as it came.
pub(crate) struct Came {
    head: String,
    body: Vec<u8>,
}

/// An API that wants a nonce first, and then sends each body back. What comes is told to the test.
pub(crate) fn echo() -> (String, Receiver<Came>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/echo", listener.local_addr().unwrap());
    let (tell, came) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let tell = tell.clone();
            std::thread::spawn(move || drop(serve(stream, &tell)));
        }
    });
    (url, came)
}

fn serve(mut stream: TcpStream, tell: &Sender<Came>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        let lower = head.to_ascii_lowercase();
        let length = lower.lines().find_map(|line| line.strip_prefix("content-length:"));
        let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
        reader.read_exact(&mut body)?;
        let proof = head.lines().find(|line| line.to_ascii_lowercase().starts_with("dpop: "));
        let claims = proof.and_then(|line| line.split('.').nth(1)).unwrap_or_default();
        let claims = helseid_protocol::jose::base64url::decode(claims).unwrap();
        let has_nonce = String::from_utf8(claims).unwrap().contains("\"nonce\":\"mine\"");
        tell.send(Came { head, body: body.clone() }).unwrap();
        if has_nonce {
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len())?;
            stream.write_all(&body)?;
        } else {
            write!(
                stream,
                "HTTP/1.1 401 Unauthorized\r\nwww-authenticate: DPoP error=\"use_dpop_nonce\"\r\ndpop-nonce: \
                 mine\r\ncontent-length: 0\r\n\r\n"
            )?;
        }
    }
}

#[test]
fn a_large_body_goes_out_whole_also_the_second_time_and_comes_back_into_a_file() {
    let world = World::new();
    let _authority = world.authority();
    world.ok(&["init"]);
    let (url, came) = echo();
    let large: Vec<u8> = (0..20_000_000_u32).map(|number| (number % 251) as u8).collect();
    std::fs::write(world.path("large.bin"), &large).unwrap();
    let said =
        world.ok(&["call", &url, "-X", "PUT", "--data", "@large.bin", "--output", "back.bin", "--include"]);
    assert_eq!(said.lines().next(), Some("HTTP/1.1 200 OK"));
    assert!(std::fs::read(world.path("back.bin")).unwrap() == large, "it is not what was sent");
    assert!(!world.files().contains(&"back.bin.part".to_owned()));
    for _ in 0..2 {
        let Came { head, body } = came.recv().unwrap();
        assert!(head.starts_with("PUT /echo HTTP/1.1\r\n") && body == large, "{head}");
    }
    assert!(came.try_recv().is_err(), "it was sent twice: without a nonce, and with it");
}

#[test]
fn data_comes_from_an_argument_a_file_or_stdin_with_its_letters() {
    let world = World::new();
    let _authority = world.authority();
    world.ok(&["init"]);
    let (url, _came) = echo();
    let text = "blåbærsyltetøy på Ærøy";
    world.write("tekst æøå.txt", text);
    assert_eq!(world.ok(&["call", &url, "--data", text]), text);
    assert_eq!(world.ok(&["call", &url, "-d", "@tekst æøå.txt"]), text);
    let output = world.given(&["call", &url, "--data", "-"], text.as_bytes());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
    assert!(world.fails(1, &["call", &url, "--data", "@missing"]).contains("missing cannot be read"));
}

#[cfg(unix)]
#[test]
fn a_body_goes_into_a_device_and_where_a_link_leads_and_takes_the_place_of_neither() {
    use std::os::unix::fs::FileTypeExt as _;
    let world = World::new();
    let (_authority, _api, url) = world.whole();
    std::process::Command::new("mkfifo").arg(world.path("pipe")).status().unwrap();
    let pipe = world.path("pipe");
    let reader = std::thread::spawn(move || std::fs::read_to_string(pipe).unwrap());
    world.ok(&["call", &url, "--output", "pipe"]);
    assert!(reader.join().unwrap().contains("Johannes"));
    assert!(world.path("pipe").metadata().unwrap().file_type().is_fifo());
    world.write("elsewhere", "");
    std::os::unix::fs::symlink("elsewhere", world.path("link")).unwrap();
    world.ok(&["call", &url, "--output", "link"]);
    assert!(world.read("elsewhere").contains("Johannes") && world.path("link").is_symlink());
}

/// How many tokens the authority gave.
fn granted(world: &World) -> usize {
    let list = world.ok(&["trace", "--outcome", "granted", "--format", "json"]);
    serde_json::from_str::<Value>(&list).unwrap().as_array().unwrap().len()
}

#[test]
fn a_list_of_requests_without_one_is_empty_and_people_are_told_why() {
    let world = World::new();
    let _authority = world.authority();
    let said = |arguments: &[&str]| {
        let output = world.command(arguments).output().unwrap();
        assert!(output.status.success() && output.stdout.is_empty(), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert_eq!(said(&["trace"]), "the trace has no request yet\n");
    world.ok(&["init"]);
    world.ok(&["token", "get"]);
    assert_eq!(
        said(&["trace", "--failed"]),
        "the trace has no refused request; leave out --failed to see the others\n"
    );
    let of_nobody = said(&["trace", "--client", "nobody", "--outcome", "granted"]);
    assert_eq!(
        of_nobody,
        "no request in the trace fits --client and --outcome; leave that out to see the others\n"
    );
    assert_eq!(world.ok(&["trace", "--failed", "--format", "json"]).trim(), "[]");
}

#[test]
fn tokens_are_kept_between_calls_where_that_is_asked_for() {
    let world = World::new();
    let (_authority, _api, url) = world.whole();
    world.ok(&["call", &url]);
    world.ok(&["call", &url]);
    assert_eq!(granted(&world), 2, "nothing is kept unless it is asked for");
    for _ in 0..3 {
        assert!(world.ok(&["call", &url, "--token-cache", "tokens.json"]).contains("Johannes"));
    }
    assert_eq!(granted(&world), 3);
    let token = world.ok(&["token", "get", "--token-cache", "tokens.json"]);
    let parts: Vec<_> = token.trim().split('.').collect();
    let text = world.read("tokens.json");
    let kept: Value = serde_json::from_str(&text).unwrap();
    let sealed = kept["tokens"].as_object().unwrap().values().map(|kept| kept["sealed"].as_str().unwrap());
    let sealed: Vec<_> = sealed.map(|sealed| base64url::decode(sealed).unwrap()).collect();
    assert_eq!((parts.len(), sealed.len()), (3, 1));
    for part in parts {
        let is_there = |bytes: &[u8]| bytes.windows(part.len()).any(|bytes| bytes == part.as_bytes());
        assert!(!is_there(text.as_bytes()) && !is_there(&sealed[0]), "a token lies there unsealed");
    }
    // Another thing asked for is another token, in the same file.
    let scope = ["--scope", "nhn:selvbetjening/client"];
    world.ok(&[&["token", "get", "--token-cache", "tokens.json"], &scope[..]].concat());
    assert_eq!(granted(&world), 4);
    world.ok(&["token", "get", "--token-cache", "tokens.json"]);
    assert_eq!(granted(&world), 4);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let path = world.path("tokens.json");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let said = world.fails(1, &["call", &url, "--token-cache", "tokens.json"]);
        assert!(said.contains("others may read or write it (mode 0640"), "{said}");
        std::fs::remove_file(&path).unwrap();
    }
    world.write("garbage.json", "{}");
    #[cfg(unix)]
    std::process::Command::new("chmod").args(["600"]).arg(world.path("garbage.json")).status().unwrap();
    assert!(
        world.fails(1, &["call", &url, "--token-cache", "garbage.json"]).contains("it is not a token cache")
    );
}

#[test]
fn many_calls_at_once_share_a_cache_without_harm() {
    let world = World::new();
    let (_authority, _api, url) = world.whole();
    let calls: Vec<_> = (0..8)
        .map(|_| {
            world
                .command(&["call", &url, "--token-cache", "tokens.json"])
                .stdout(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut call in calls {
        assert!(call.wait().unwrap().success());
    }
    assert!(world.ok(&["call", &url, "--token-cache", "tokens.json"]).contains("Johannes"));
    let left: Vec<_> = world.files().into_iter().filter(|name| name.starts_with("tokens.json")).collect();
    assert_eq!(left, ["tokens.json"]);
}

#[test]
fn an_address_is_taken_as_it_is_typed_and_one_that_is_none_is_told_how_to_be_one() {
    let world = World::new();
    let (_authority, _api, url) = world.whole();
    world.ok(&["call", &format!("{url}?navn=Bjørn Lævås#her")]);
    let said = world.run(&["call", &url.replace("patients", "pasient/Bjørn Lævås/")]);
    assert!(String::from_utf8_lossy(&said.stderr).contains("answered 404"), "{said:?}");
    let curl = world.ok(&["token", "get", "--output", "curl", "--url", "https://blåbær.example/x y"]);
    assert!(curl.contains("'https://xn--blbr-roah.example/x%20y'"), "{curl}");
    world.ok(&["proof", "make", "--key", "m2m_private.json", "--url", "https://blåbær.example/x y"]);

    for command in [&["call"][..], &["proof", "make", "--key", "m2m_private.json", "--url"]] {
        let fails = |address: &str| {
            let output = world.run(&[command, &[address]].concat());
            assert!(!output.status.success(), "{command:?} {address}");
            String::from_utf8(output.stderr).unwrap()
        };
        assert!(fails("localhost:5000/x").contains("write http://localhost:5000/x"));
        assert!(fails("api.example/x").contains("write https://api.example/x"));
        let refused = fails("http://user:secret@127.0.0.1:5000/x");
        assert!(
            refused.contains("leave them out of the address") && !refused.contains("secret"),
            "{refused}"
        );
    }
}
