//! Starts a local HelseID, the two APIs and the web app, which is on `http://localhost:3000`. Nothing is left behind.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it says where it listens, or why it does not"
)]

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::process::ExitCode;

use axum::Router;
use chain::{Broken, api_one, api_two, setup, web_app};
use helseid_api::ApiProtection;
use helseid_authority::{Authority, Config};
use helseid_client::Client;
use helseid_login::Login;
use tokio::net::TcpListener;

/// Where the web app listens, which people open as [`SITE`].
const LISTEN: &str = "127.0.0.1:3000";
const SITE: &str = "http://localhost:3000";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Broken> {
    let log = tracing_subscriber::fmt();
    match std::io::stdout().is_terminal() {
        true => log.init(),
        false => log.with_ansi(false).init(),
    }
    let site = TcpListener::bind(LISTEN).await;
    let site = site.map_err(|why| format!("{LISTEN} cannot be opened for listening: {why}"))?;
    let authority = Authority::start(Config::in_memory().listen([any_port()])).await?;
    let clients = setup::register(&authority, setup::web_app(SITE), setup::api_one()).await?;
    let protection = |audience| ApiProtection::builder(authority.issuer().as_str(), audience);

    let two = serve(api_two::router(protection(api_two::AUDIENCE))?).await?;
    let client = Client::builder(clients.api_one).build()?;
    let prescriptions = format!("http://{two}/prescriptions");
    let one = serve(api_one::router(protection(api_one::AUDIENCE), client, prescriptions)?).await?;
    let login = Login::builder(clients.web_app).public_url(SITE).build()?;

    println!("HelseID {}, API one http://{one}, API two http://{two}", authority.issuer());
    println!("open {SITE}");
    Ok(axum::serve(site, web_app::router(login, format!("http://{one}/day"))).await?)
}

async fn serve(router: Router) -> Result<SocketAddr, Broken> {
    let listener = TcpListener::bind(any_port()).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

fn any_port() -> SocketAddr {
    ([127, 0, 0, 1], 0).into()
}
