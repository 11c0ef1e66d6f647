//! nginx before an API: with the shipped files of the gate, and as a plain proxy.

use std::path::Path;
use std::process::Command;

/// Where files that are shipped are.
const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../packaging/nginx");

/// Says where it listens once it has written down its process, which it does when it listens; ends with its shell.
const STARTED: &str = r#"
"$1" -p "$2" -c "$2/nginx.conf" -e stderr & server=$!
trap 'kill "$server"; wait "$server"; exit' TERM
until [ -s "$2/pid" ]; do kill -0 "$server" || exit 1; sleep 0.01; done
printf '{"listen":["%s"]}\n' "$3"
wait "$server"
"#;

/// nginx at `address` before the API at `api`; with the address of a sidecar it asks the gate `bench` there.
pub(super) fn nginx(folder: &Path, address: &str, api: &str, gate: Option<&str>) -> Command {
    let path = folder.display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = temporary.map(|name| format!("{name}_temp_path {path}/{name};")).join(" ");
    let upstream = gate.map_or(String::new(), |gate| {
        format!("upstream helseid_sidecar {{ server {gate}; keepalive 16; }}\n")
    });
    let (server, location) = match gate {
        None => (String::new(), String::new()),
        Some(_) => (
            format!("set $helseid_gate bench;\ninclude {SHIPPED}/helseid-gate.conf;\n"),
            format!("include {SHIPPED}/helseid-protected.conf;\n"),
        ),
    };
    // Connections to the API and to the gate are kept, as whoever measures would set it up.
    let conf = format!(
        "daemon off; master_process off; worker_processes 1; pid {path}/pid;\nevents {{ worker_connections 1024; }}\n\
         http {{\naccess_log off; keepalive_requests 1000000000; {temporary}\n{upstream}\
         upstream api {{ server {api}; keepalive 16; }}\n\
         proxy_http_version 1.1; proxy_set_header Connection \"\";\n\
         server {{\nlisten {address};\n{server}location / {{\n{location}proxy_set_header Connection \"\";\n\
         proxy_pass http://api;\n}}\n}}\n}}\n"
    );
    std::fs::write(folder.join("nginx.conf"), conf).unwrap();
    let program = helseid_test_services::find("nginx").expect("nginx: apt install nginx-light");
    let mut command = Command::new("sh");
    command.args(["-c", STARTED, "sh"]).arg(program).arg(folder).arg(address);
    command
}

/// An address that nobody listens at. On that of the loopback where no other server of the bench is, nor a connection from it, so that
/// none can take the port before nginx does.
pub(super) fn free_address() -> String {
    let listener = std::net::TcpListener::bind(("127.0.0.2", 0)).unwrap();
    listener.local_addr().unwrap().to_string()
}
