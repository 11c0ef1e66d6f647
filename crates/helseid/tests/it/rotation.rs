//! A rotation that is killed at any point leaves a client that gets its token, and can be run again.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::world::{Server, World};

/// At which request the proxy falls silent: before the authority sees it, or before its answer goes back.
#[derive(Debug, Clone, Copy)]
enum Silence {
    Never,
    Before(usize),
    After(usize),
}

/// Stands between the client and the authority, under the authority's name.
struct Proxy {
    listener: TcpListener,
    silence: Arc<Mutex<Silence>>,
    count: Arc<AtomicUsize>,
    silent: Receiver<()>,
    tell: Sender<()>,
}

impl Proxy {
    fn new() -> Self {
        let (tell, silent) = channel();
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        Self { listener, silence: Arc::new(Mutex::new(Silence::Never)), count: Arc::default(), silent, tell }
    }

    fn name(&self) -> String {
        format!("http://localhost:{}", self.listener.local_addr().unwrap().port())
    }

    fn forward_to(&self, upstream: String) {
        let listener = self.listener.try_clone().unwrap();
        let (silence, count, tell) = (self.silence.clone(), self.count.clone(), self.tell.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (silence, count, tell, upstream) =
                    (silence.clone(), count.clone(), tell.clone(), upstream.clone());
                std::thread::spawn(move || drop(serve(stream.unwrap(), &upstream, &silence, &count, &tell)));
            }
        });
    }

    fn set(&self, silence: Silence) {
        self.count.store(0, Ordering::SeqCst);
        *self.silence.lock().unwrap() = silence;
    }
}

/// One request after the other of a connection; the count is of all connections.
fn serve(
    mut client: TcpStream,
    upstream: &str,
    silence: &Mutex<Silence>,
    count: &AtomicUsize,
    tell: &Sender<()>,
) -> std::io::Result<()> {
    while let Some(request) = message(&mut client)? {
        let number = count.fetch_add(1, Ordering::SeqCst);
        let silence = *silence.lock().unwrap();
        let wait = |client: &mut TcpStream| {
            tell.send(()).unwrap();
            // Until the client is gone.
            let _ = client.read(&mut [0; 1]);
        };
        if matches!(silence, Silence::Before(at) if at == number) {
            wait(&mut client);
            return Ok(());
        }
        let mut server = TcpStream::connect(upstream)?;
        server.write_all(&request)?;
        let answer = message(&mut server)?.unwrap_or_default();
        server.shutdown(Shutdown::Both)?;
        if matches!(silence, Silence::After(at) if at == number) {
            wait(&mut client);
            return Ok(());
        }
        client.write_all(&answer)?;
    }
    Ok(())
}

/// A whole HTTP message with `Content-Length`; nothing at the end of the connection.
fn message(stream: &mut TcpStream) -> std::io::Result<Option<Vec<u8>>> {
    let (mut message, mut byte) = (Vec::new(), [0; 1]);
    while !message.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte)? == 0 {
            return Ok(None);
        }
        message.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&message).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
    stream.read_exact(&mut body)?;
    message.extend(body);
    Ok(Some(message))
}

struct Desk {
    world: World,
    proxy: Proxy,
    _authority: Server,
}

impl Desk {
    fn new() -> Self {
        let (world, proxy) = (World::new(), Proxy::new());
        let name = proxy.name();
        let authority =
            world.serve(&["authority", "--issuer", &name, "--listen", "127.0.0.1:0", "--alg", "ES256"]);
        proxy.forward_to(authority.line["listen"][0].as_str().unwrap().to_owned());
        Self { world, proxy, _authority: authority }
    }

    fn with(&self, client: &str, arguments: &[&str]) -> std::process::Command {
        let mut command = self.world.command(arguments);
        command.current_dir(self.world.path(client));
        command
    }

    /// What a command prints that must succeed.
    fn ok(&self, client: &str, arguments: &[&str]) -> String {
        let output = self.with(client, arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn thumbprint(&self, client: &str) -> String {
        self.ok(client, &["key", "thumbprint", "m2m_private.json"]).trim().to_owned()
    }

    /// Kills a rotation when the proxy falls silent; tells whether it did.
    fn kill_at(&self, client: &str, silence: Silence) -> bool {
        self.proxy.set(silence);
        let mut rotation = self.with(client, &["rotate"]).spawn().unwrap();
        let killed = loop {
            if self.proxy.silent.try_recv().is_ok() {
                rotation.kill().unwrap();
                rotation.wait().unwrap();
                break true;
            }
            if rotation.try_wait().unwrap().is_some() {
                break false;
            }
            std::thread::yield_now();
        };
        self.proxy.set(Silence::Never);
        killed
    }

    /// What is promised after a kill: a token at once, and a rotation that ends well when it is run again.
    fn recovers(&self, client: &str, before: &str) {
        self.proxy.set(Silence::Never);
        self.ok(client, &["token", "get"]);
        let rotated: Value = serde_json::from_str(&self.ok(client, &["--format", "json", "rotate"])).unwrap();
        self.ok(client, &["token", "get"]);
        let now = self.thumbprint(client);
        assert_eq!(rotated["thumbprint"], now.as_str());
        assert_ne!(now, before);
        let mut files: Vec<_> = std::fs::read_dir(self.world.path(client))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let expected = ["helseid.toml", "m2m_private.json", "m2m_private.json.retired", "m2m_public.json"];
        assert_eq!(files, expected, "something is left behind");
    }
}

#[test]
fn a_rotation_that_is_killed_at_any_request_is_mended_by_running_it_again() {
    let desk = Desk::new();
    let mut kills = 0;
    for round in 0.. {
        let mut killed = false;
        for (name, silence) in [("before", Silence::Before(round)), ("after", Silence::After(round))] {
            let client = format!("{name}-{round}");
            desk.world.ok(&["init", &client]);
            let before = desk.thumbprint(&client);
            if desk.kill_at(&client, silence) {
                (killed, kills) = (true, kills + 1);
                desk.recovers(&client, &before);
            }
        }
        if !killed {
            break;
        }
    }
    // Metadata, nonce, token, list, registration, and the proof with the new key.
    assert!(kills >= 14, "{kills}");
}

#[test]
fn a_rotation_that_is_killed_between_its_files_is_mended_by_running_it_again() {
    let desk = Desk::new();
    // Each state of the disk between two requests, as the steps leave it.
    for (client, steps) in [("new", 1), ("note", 2), ("retired", 3), ("swapped", 4)] {
        desk.world.ok(&["init", client]);
        let before = desk.thumbprint(client);
        let path = |name: &str| desk.world.path(client).join(name);
        let new = desk.ok(client, &["key", "generate", "--alg", "ES256"]);
        std::fs::write(path("m2m_private.json.new"), &new).unwrap();
        if steps >= 2 {
            std::fs::write(path("m2m_private.json.rotation"), "{\"step\":\"generated\"}").unwrap();
            // Half of a file that was never finished.
            std::fs::write(path("m2m_private.json.unfinished"), "{\"kty\":").unwrap();
        }
        if steps >= 3 {
            std::fs::copy(path("m2m_private.json"), path("m2m_private.json.retired")).unwrap();
            let id = desk.world.ok(&["--format", "json", "client", "list"]);
            let clients: Value = serde_json::from_str(&id).unwrap();
            let own = clients
                .as_array()
                .unwrap()
                .iter()
                .find(|known| known["keys"][0]["thumbprint"] == before.as_str());
            let id = own.unwrap()["client_id"].as_str().unwrap().to_owned();
            desk.ok(client, &["client", "key", "add", &id, "--key", "m2m_private.json.new"]);
        }
        if steps >= 4 {
            std::fs::copy(path("m2m_private.json.new"), path("m2m_private.json")).unwrap();
        }
        let _ = std::fs::remove_file(path("m2m_private.json.unfinished"));
        desk.recovers(client, &before);
    }
}

#[test]
fn a_dry_run_changes_nothing() {
    let desk = Desk::new();
    desk.world.ok(&["init", "dry"]);
    let before = desk.thumbprint("dry");
    let plan = desk.ok("dry", &["rotate", "--dry-run"]);
    assert!(plan.contains(&before) && plan.contains("would make a new key"), "{plan}");
    assert_eq!(desk.thumbprint("dry"), before);
    assert_eq!(std::fs::read_dir(desk.world.path("dry")).unwrap().count(), 3);
}

#[test]
fn a_key_that_nobody_knows_how_to_write_is_not_rotated() {
    let desk = Desk::new();
    desk.world.ok(&["init", "pem"]);
    desk.ok("pem", &["key", "convert", "m2m_private.json", "--to", "pem", "--out", "key.pem"]);
    let output = desk.with("pem", &["rotate", "--key-file", "key.pem"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("helseid key convert"), "{said}");
}
