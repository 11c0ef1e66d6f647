//! What a sidecar takes in memory while large bodies pass through it, both ways.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::rows::api;
use super::{account, sidecar};
use crate::machine::{Place, Server};
use crate::world::World;

/// Bytes of a body, as many as a large document has.
const LENGTH: usize = 40_000_000;

/// How many pass at once, and how often.
const AT_ONCE: usize = 4;
const TIMES: usize = 3;

/// What is written at once.
static PIECE: [u8; 64 * 1024] = [0x61; 64 * 1024];

pub(super) fn run(world: &World) {
    let length = if world.short { PIECE.len() } else { LENGTH };
    let (folder, api) = (world.new_folder(), api(world, Place::Load));
    let account = account(world, world.issuer.name.as_str());
    let sections = format!("{account}\n[api.bodies]\nurl = \"http://{}/api\"\n", api.address);
    let server = Server::start(&mut sidecar(world, folder.path(), &sections), world.cores, Place::Server);
    // With what every first call takes: the token, its connections, the code.
    echoed(&server, 1);
    super::kept::keep("a call", 1, server.usage().peak);
    for _ in 0..TIMES {
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| echoed(&server, length));
            }
        });
    }
    super::kept::keep("bodies of 40 MB each way, four at once", TIMES * AT_ONCE, server.usage().peak);
}

/// Sends so many bytes to an API that sends them back as they come, and reads these meanwhile.
fn echoed(server: &Server, length: usize) {
    let mut stream = TcpStream::connect(server.address).unwrap();
    let mut writer = stream.try_clone().unwrap();
    let head = format!(
        "POST /call/bodies/echo HTTP/1.1\r\nHost: {}\r\nX-HelseID-Sidecar: 1\r\nConnection: close\r\n\
         Content-Length: {length}\r\n\r\n",
        server.address
    );
    std::thread::scope(|scope| {
        scope.spawn(move || {
            writer.write_all(head.as_bytes()).unwrap();
            let mut left = length;
            while left > 0 {
                let piece = PIECE.get(..left.min(PIECE.len())).unwrap();
                writer.write_all(piece).unwrap();
                left -= piece.len();
            }
        });
        let (mut begin, mut buffer) = ([0; 12], vec![0; 256 * 1024]);
        stream.read_exact(&mut begin).unwrap();
        assert_eq!(&begin, b"HTTP/1.1 200", "the API's answer");
        let mut came = 0;
        loop {
            match stream.read(&mut buffer).unwrap() {
                0 => break,
                count => came += count,
            }
        }
        assert!(came > length, "{came} bytes of an answer of {length}");
    });
}
