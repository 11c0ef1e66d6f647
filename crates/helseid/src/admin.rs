//! Talks to the admin API of an authority. The token goes to the authority that its file names, and nowhere else.

use std::path::Path;
use std::sync::Arc;

use helseid_admin_api::{AdminFile, FILE_NAME, Operation, Problem};
use helseid_http::{HttpErrorKind, InsecureHosts, MAX_ANSWER_BYTES, Outbound};
use helseid_protocol::id::{Issuer, is_loopback};
use http::{Method, Request, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::args::{Global, Registry};
use crate::failure::Failure;
use crate::{data_dir, environment, settings};

/// The admin API of one authority.
pub(crate) struct Admin {
    file: AdminFile,
    /// The one server that the token is sent to.
    address: Issuer,
    outbound: Arc<Outbound>,
}

/// Names a file with the token of an authority whose data folder is elsewhere.
const TOKEN_FILE: &str = "HELSEID_ADMIN_TOKEN_FILE";

impl Admin {
    /// Of the authority that the flags name.
    pub(crate) fn of(registry: &Registry, global: &Global) -> Result<Self, Failure> {
        let outbound = settings::outbound(global)?;
        Self::find(registry.authority.as_deref(), registry.data_dir.as_deref(), outbound.into())
    }

    /// With the token of `admin.json` in the data folder, or of the file that `HELSEID_ADMIN_TOKEN_FILE` names.
    pub(crate) fn find(
        authority: Option<&str>,
        folder: Option<&Path>,
        outbound: Arc<Outbound>,
    ) -> Result<Self, Failure> {
        let asked = authority.map(issuer).transpose()?;
        let file = match environment::variable(TOKEN_FILE) {
            Some(name) => from_token_file(Path::new(&name), asked.as_ref())?,
            None => from_folder(folder)?,
        };
        let own = [Some(&file.issuer), file.address.as_ref(), file.local.as_ref()];
        match asked {
            Some(asked) if !own.into_iter().flatten().any(|own| is_same(own, &asked)) => {
                let why =
                    format!("the admin token is for {}, and is not sent to any other authority", file.issuer);
                let next = format!(
                    "name that authority's folder with --data-dir, or its token file in {TOKEN_FILE}"
                );
                Err(Failure::new(format_args!("{asked} is not asked"), why, next))
            }
            _ => Self::new(file, outbound),
        }
    }

    /// With a token at hand. An issuer whose name is one of http elsewhere is asked by that name if it was named, and else by
    /// this machine's loopback. The certificate that the authority made is trusted besides all others.
    pub(crate) fn new(file: AdminFile, outbound: Arc<Outbound>) -> Result<Self, Failure> {
        let outbound = match &file.ca_file {
            Some(ca_file) => outbound.also_trusting(ca_file)?.into(),
            None => outbound,
        };
        let url = |address: &Issuer| Url::parse(address.as_str()).ok();
        let may = |address: &&Issuer| url(address).is_some_and(|url| outbound.may_send_to(&url));
        let found = match &file.address {
            Some(own) => Some(own).filter(may),
            None => Some(&file.issuer).filter(may).or(file.local.as_ref().filter(may)),
        };
        let Some(address) = found.cloned() else {
            let what = format!("{} is not asked", file.address());
            let host = url(file.address()).map(|url| InsecureHosts::entry_for(&url)).unwrap_or_default();
            let why = "the admin token goes over https, or by http to loopback and to hosts that were named";
            let next = format!(
                "use https, or for a network of your own: --insecure-http {host} (HELSEID_INSECURE_HTTP)"
            );
            return Err(Failure::new(what, why, next));
        };
        Ok(Self { file, address, outbound })
    }

    /// The certificate that the authority made for itself, if it did.
    pub(crate) fn ca_file(&self) -> Option<&Path> {
        self.file.ca_file.as_deref()
    }

    /// The authority.
    pub(crate) const fn issuer(&self) -> &Issuer {
        &self.file.issuer
    }

    fn where_it_may_be(&self) -> String {
        let start = "start it in another terminal: helseid authority";
        let by_name = Url::parse(self.file.issuer.as_str())
            .ok()
            .filter(|_| self.file.local.as_ref() == Some(&self.address));
        by_name.map_or(start.to_owned(), |url| {
            format!(
                "{start}; if it runs on another machine: --insecure-http {}",
                InsecureHosts::entry_for(&url)
            )
        })
    }

    /// Whether an authority answers at all.
    #[cfg(feature = "authority")]
    pub(crate) async fn answers(&self) -> bool {
        self.outbound.get(&self.address.at("/health")).await.is_ok()
    }

    /// Calls an operation, with these values in its path.
    pub(crate) async fn call<Body: Serialize, Answer: DeserializeOwned, Query>(
        &self,
        operation: &Operation<Body, Answer, Query>,
        values: &[&str],
        body: &Body,
    ) -> Result<Answer, Failure> {
        let content = serde_json::to_vec(body)
            .map_err(|why| Failure::new("the request cannot be made", why, "report this as a bug"))?;
        let content = Some(content).filter(|content| content != b"null");
        self.send(operation.method(), &operation.at(values), content).await
    }

    /// Calls an operation that has a query and no body.
    pub(crate) async fn query<Answer: DeserializeOwned, Query: Serialize>(
        &self,
        operation: &Operation<(), Answer, Query>,
        values: &[&str],
        query: &Query,
    ) -> Result<Answer, Failure> {
        self.send(operation.method(), &operation.with_query(values, query), None).await
    }

    /// Sends a request, and reads the answer; an empty one is `null`.
    async fn send<Answer: DeserializeOwned>(
        &self,
        method: &Method,
        path: &str,
        content: Option<Vec<u8>>,
    ) -> Result<Answer, Failure> {
        let impossible = |why: &dyn std::fmt::Display| {
            Failure::new("the request cannot be made", why, "report this as a bug")
        };
        let mut request = Request::builder()
            .method(method.clone())
            .uri(self.address.at(path))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.file.token));
        if content.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(content.unwrap_or_default()).map_err(|why| impossible(&why))?;
        let answer =
            self.outbound.send(request, MAX_ANSWER_BYTES * 16).await.map_err(|why| match why.kind() {
                HttpErrorKind::Connect => Failure::new(
                    format_args!("no authority answers at {}", self.address),
                    why,
                    self.where_it_may_be(),
                ),
                _ => Failure::new(format_args!("{} gave no answer", self.address), &why, why.next()),
            })?;
        let body = if answer.body().is_empty() { b"null" } else { answer.body().as_slice() };
        if answer.status().is_success() {
            return serde_json::from_slice(body).map_err(|why| {
                Failure::new("the authority's answer cannot be read", why, "use the same version of both")
            });
        }
        match serde_json::from_slice::<Problem>(body) {
            Ok(problem) => Err(Failure::new(problem.title, problem.detail, problem.next)),
            Err(_) => {
                let why = format!("status {} from {}", answer.status(), self.file.issuer);
                Err(Failure::new(
                    "the authority refused",
                    why,
                    "check that a HelseID of this program runs there",
                ))
            }
        }
    }
}

/// Whether both name one server: this machine's loopback has several names.
fn is_same(own: &Issuer, asked: &Issuer) -> bool {
    let parts = |address: &Issuer| {
        let url = Url::parse(address.as_str()).ok().filter(is_loopback)?;
        Some((url.scheme().to_owned(), url.port_or_known_default(), url.path().to_owned()))
    };
    own == asked || parts(own).is_some_and(|own| Some(own) == parts(asked))
}

fn issuer(text: &str) -> Result<Issuer, Failure> {
    let next = "give the authority's address, such as http://localhost:8480";
    Issuer::parse(text)
        .map_err(|why| Failure::usage(format_args!("{text:?} is not the address of an authority"), why, next))
}

fn from_folder(folder: Option<&Path>) -> Result<AdminFile, Failure> {
    let path = data_dir::find(folder)?.join(FILE_NAME);
    let content = std::fs::read(&path).map_err(|why| {
        let what = format!("{} cannot be read", path.display());
        let next = "start the authority first: helseid authority; or name its folder with --data-dir. One that runs --in-memory has no \
                    such file: give it a --seed, or the command behind it: helseid authority --in-memory -- COMMAND";
        Failure::new(what, why, next)
    })?;
    parsed(&path, &content)
}

fn from_token_file(path: &Path, asked: Option<&Issuer>) -> Result<AdminFile, Failure> {
    let text = crate::files::read_text(path)?;
    match (text.trim(), asked) {
        (text, _) if text.starts_with('{') => parsed(path, text.as_bytes()),
        (token, Some(issuer)) => {
            let (issuer, token) = (issuer.clone(), token.to_owned());
            Ok(AdminFile { issuer, token, address: None, local: None, ca_file: None })
        }
        (_, None) => {
            let what = format!("{} holds a token without its issuer", path.display());
            Err(Failure::usage(
                what,
                "a token is sent only to the authority that it belongs to",
                "name it with --authority",
            ))
        }
    }
}

fn parsed(path: &Path, content: &[u8]) -> Result<AdminFile, Failure> {
    let read: Result<AdminFile, _> = serde_json::from_slice(content);
    let mut file = read.map_err(|why| {
        let next = "stop the authority, remove the file, and start it again";
        Failure::new(format_args!("{} is not an admin file", path.display()), why, next)
    })?;
    // Of a copy that was taken elsewhere only --ca-file can tell.
    let folder = path.parent().unwrap_or(Path::new(""));
    file.ca_file = file.ca_file.map(|ca_file| folder.join(ca_file)).filter(|ca_file| ca_file.exists());
    Ok(file)
}
