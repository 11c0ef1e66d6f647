//! `sample-api`.

use std::net::SocketAddr;
use std::path::PathBuf;

use helseid_files::own_folder;
use helseid_tls::{CaFiles, Host, TlsError, TlsServer};
use sample_api::{ApiProtection, Limits};
use serde_json::Value;
use tokio::sync::watch;
use url::Url;

use crate::args::{Global, SampleApiFlags};
use crate::failure::Failure;
use crate::serving::{self, StopSignals};
use crate::{data_dir, settings};

/// The folder with the local CA in the authority's data folder.
const TLS_FOLDER: &str = "tls";
/// What the API's certificate is called there.
const SERVER: &str = "sample_api";

pub(crate) async fn run(flags: SampleApiFlags, global: &Global) -> Result<(), Failure> {
    let mut signals = StopSignals::catch()?;
    serving::raise_handles();
    let tls = tls(&flags)?;
    let outbound = settings::outbound(global)?;
    // The authority beside it has a certificate of the same CA.
    let outbound = match &tls {
        Some(Https { ca_file: Some(ca_file), .. }) => outbound.also_trusting(ca_file)?,
        _ => outbound,
    };
    let (listener, address) = serving::listen(flags.listen).await?;
    let public = match &tls {
        Some(_) if flags.public_url.is_empty() => loopback_urls(address),
        _ => flags.public_url,
    };
    let protection =
        ApiProtection::builder(&flags.issuer, &flags.audience).scheme(flags.scheme).profile(flags.profile);
    let protection = protection.outbound(outbound);
    let protection = public.iter().fold(protection, |protection, url| protection.public_url(url));
    let router = sample_api::router(protection, &flags.audience).map_err(|why| {
        let next = "check --issuer, --audience, --scheme, --profile and --public-url; a host that http may go to is named by --insecure-http (HELSEID_INSECURE_HTTP)";
        Failure::usage("the API cannot be protected", why, next)
    })?;
    let base = public.into_iter().next().unwrap_or_else(|| format!("http://{address}"));
    let url = format!("{}/api/patients", base.trim_end_matches('/'));
    let scheme = flags.scheme.name();
    serving::announce(&[address], &flags.issuer, &[("url", Value::from(url)), ("scheme", scheme.into())])?;
    let stop = async {
        signals.next().await;
    };
    let Some(Https { server, .. }) = tls else {
        sample_api::serve(listener, router, Limits::default(), stop).await;
        return Ok(());
    };
    let (_stop, stopped) = watch::channel(false);
    let looking = tokio::spawn(server.clone().follow(stopped));
    let accept = |stream| {
        let server = server.clone();
        async move { server.accept(stream).await }
    };
    sample_api::serve_through(listener, accept, router, Limits::default(), stop).await;
    looking.abort();
    Ok(())
}

/// What serves HTTPS, and the CA that signed for it if that is the local one.
struct Https {
    server: TlsServer,
    ca_file: Option<PathBuf>,
}

fn tls(flags: &SampleApiFlags) -> Result<Option<Https>, Failure> {
    let Some(tls) = flags.tls.tls() else { return Ok(None) };
    let failed = |why: TlsError| {
        let next = why.next().to_owned();
        Failure::new("the API does not start", why, next)
    };
    let public = flags.public_url.iter().filter_map(|url| Url::parse(url).ok());
    let hosts: Result<Vec<_>, _> = public.filter_map(|url| url.host_str().map(Host::parse)).collect();
    let mut hosts = hosts.map_err(failed)?;
    if hosts.is_empty() {
        hosts.push(Host::parse("localhost").map_err(failed)?);
    }
    if !tls.is_self_signed() {
        let server = tls.open(None, SERVER, hosts).map_err(failed)?;
        return Ok(Some(Https { server, ca_file: None }));
    }
    let folder = data_dir::find(flags.tls.data_dir.as_deref())?;
    // The API may be there before the authority.
    own_folder(&folder).map_err(|why| failed(why.into()))?;
    let folder = folder.join(TLS_FOLDER);
    let server = tls.open_beside(&folder, SERVER, hosts).map_err(failed)?;
    let files = server.ca_pem().map(|pem| CaFiles::write(&folder, pem)).transpose().map_err(failed)?;
    Ok(Some(Https { server, ca_file: files.map(|files| files.ca) }))
}

/// The names by which this machine calls an API with a certificate of the local CA.
fn loopback_urls(address: SocketAddr) -> Vec<String> {
    let hosts = ["localhost", "127.0.0.1", "[::1]", "api.localhost"];
    hosts.iter().map(|host| format!("https://{host}:{}", address.port())).collect()
}
