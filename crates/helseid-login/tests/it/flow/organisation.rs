//! A login that acts for an organisation, as it is sent to the authority.

use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use helseid_authority::TestAuthority;
use helseid_protocol::claims::ClientTenancy;
use helseid_protocol::details::{Organisation, OrganisationNumber};
use helseid_testkit::read_message;
use serde_json::json;

use super::authority::{Real, claims, request};

/// What was sent, head and body.
type Sent = Arc<Mutex<Vec<String>>>;

/// Relays what comes to the authority, and keeps it.
fn relay(listener: TcpListener, authority: SocketAddr) -> Sent {
    let sent = Sent::default();
    let kept = sent.clone();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let kept = kept.clone();
            std::thread::spawn(move || drop(relayed(client, authority, &kept)));
        }
    });
    sent
}

fn relayed(mut client: TcpStream, authority: SocketAddr, kept: &Mutex<Vec<String>>) -> io::Result<()> {
    while let Some(request) = read_message(&mut client)? {
        kept.lock().unwrap().push(String::from_utf8_lossy(&request).into_owned());
        let mut upstream = TcpStream::connect(authority)?;
        upstream.write_all(&request)?;
        client.write_all(&read_message(&mut upstream)?.unwrap_or_default())?;
    }
    Ok(())
}

fn number(text: &str) -> OrganisationNumber {
    OrganisationNumber::parse(text).unwrap()
}

#[tokio::test]
async fn the_organisation_of_a_login_is_in_its_assertion_and_needs_no_request_object() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let name = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let authority = TestAuthority::start_behind(name.parse().unwrap()).await.unwrap();
    let sent = relay(listener, authority.addresses()[0]);
    let real = Real::at(authority, |client| {
        client.tenancy = ClientTenancy::SingleTenant;
        client.org_parent = Some(number("999977774"));
        client.org_children = serde_json::from_value(json!(["999977776"])).unwrap();
    })
    .await;
    let person =
        real.log_in(&request().organisation(Organisation::Child(number("999977776")))).await.unwrap();
    let token = claims(person.access.token.expose());
    assert_eq!(token["helseid://claims/client/claims/orgnr_child"], "999977776", "{token}");

    let sent = sent.lock().unwrap();
    let forms = sent.iter().filter(|request| request.starts_with("POST /connect/par "));
    let forms: Vec<_> = forms.filter_map(|request| Some(request.split_once("\r\n\r\n")?.1)).collect();
    assert!(!forms.is_empty());
    for form in forms {
        let names: Vec<_> =
            url::form_urlencoded::parse(form.as_bytes()).map(|(name, _)| name.into_owned()).collect();
        let has = |wanted: &str| names.iter().any(|name| name == wanted);
        assert!(has("client_assertion") && has("scope"), "{names:?}");
        assert!(!has("request") && !has("authorization_details"), "{names:?}");
    }
}
