//! `demo`: the whole story in one process, on free ports, with nothing left behind.

mod login;
mod narrator;
mod refusals;

use std::net::Ipv4Addr;

use helseid_admin_api::{AdminFile, ClientRegistration};
use helseid_authority::{Authority, Config as AuthorityConfig, Running};
use helseid_client::{Client, Config, KeyLocation};
use helseid_http::Outbound;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
use helseid_protocol::scope::ScopeSet;
use sample_api::{ApiProtection, Limits};
use serde_json::Value;

use crate::admin::Admin;
use crate::commands::client;
use crate::failure::Failure;
use crate::serving;
use narrator::Narrator;

/// The client of its own, or with `is_login` a person's.
pub(crate) async fn run(is_login: bool) -> Result<(), Failure> {
    let narrator = Narrator::default();
    let loopback = [(Ipv4Addr::LOCALHOST, 0).into()];
    let authority = Authority::start(AuthorityConfig::in_memory().listen(loopback)).await;
    let authority = authority.map_err(|why| {
        Failure::new("the authority does not start", why, "check that 127.0.0.1 can be listened on")
    })?;
    narrator.step("A local HelseID listens", &[authority.issuer().as_str()]);
    let (address, api) = start_api(&authority).await?;
    let url = format!("http://{address}/api/patients");
    narrator.step(
        "A protected API listens",
        &[&url, "GET needs the scope norsk-helsenett:python-sample-api/read"],
    );

    match is_login {
        true => login::run(&authority, &url, &narrator).await?,
        false => of_a_client(&authority, &url, &narrator).await?,
    }

    api.abort();
    authority.shut_down().await;
    narrator.end()
}

async fn of_a_client(authority: &Running, url: &str, narrator: &Narrator) -> Result<(), Failure> {
    let client = register(authority, narrator, |registration| registration).await?;
    let answer = client.get(url).send().await?;
    narrator.patients(&patients(answer.bytes())?);
    refusals::run(&client, url, narrator).await
}

fn patients(body: &[u8]) -> Result<Value, Failure> {
    serde_json::from_slice(body)
        .map_err(|why| Failure::new("the API's answer cannot be read", why, "report this as a bug"))
}

async fn start_api(
    authority: &Running,
) -> Result<(std::net::SocketAddr, tokio::task::JoinHandle<()>), Failure> {
    let protection = ApiProtection::builder(authority.issuer().as_str(), sample_api::AUDIENCE);
    let router = sample_api::router(protection, sample_api::AUDIENCE);
    let router =
        router.map_err(|why| Failure::new("the API cannot be protected", why, "report this as a bug"))?;
    let (listener, address) = serving::listen((Ipv4Addr::LOCALHOST, 0).into()).await?;
    let served = sample_api::serve(listener, router, Limits::default(), std::future::pending());
    Ok((address, tokio::spawn(served)))
}

/// A key pair, its registration by the admin API, and a client that tells each of its steps.
async fn register(
    authority: &Running,
    narrator: &Narrator,
    with: impl FnOnce(ClientRegistration) -> ClientRegistration,
) -> Result<Client, Failure> {
    let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    narrator
        .json("A key pair is made; this is its public half", &Value::Object(key.public().members().clone()));
    let file = AdminFile {
        issuer: authority.issuer().clone(),
        token: authority.admin_token().to_owned(),
        address: None,
        local: None,
        ca_file: None,
    };
    let scope = sample_api::read_scope(sample_api::AUDIENCE);
    let scope = ScopeSet::parse(&scope)
        .map_err(|why| Failure::new("the scope is wrong", why, "report this as a bug"))?;
    let keys = vec![Value::Object(key.public().members().clone())];
    let registration = with(ClientRegistration::new("demo".to_owned(), scope.clone(), keys));
    let registered =
        client::send(&Admin::new(file, Outbound::builder().build()?.into())?, &registration).await?;
    narrator.step("The client is registered with it", &[&format!("client_id {}", registered.client_id)]);
    let mut config =
        Config::new(authority.issuer().clone(), registered.client_id, KeyLocation::Text(key.to_json()));
    config.scope = scope;
    Ok(Client::builder(config).observer(narrator.clone()).build()?)
}
