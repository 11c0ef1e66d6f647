//! Forms that are refused, each for a reason of its own.

use super::{Walk, desk};
use crate::desk::READ;

#[tokio::test]
async fn every_refusal_of_a_form_is_norwegian() {
    let desk = desk().await;
    let mut walk = Walk::new(&desk).await;
    let private = crate::desk::new_private().to_json();
    let many = (0..101).map(|n| format!("a:b/{n}")).collect::<Vec<_>>().join(" ");
    let (clients, persons) = ("/admin/clients", "/admin/persons");
    let (client, machine) = ("/admin/clients/the-client", ("grant", "client_credentials"));
    let (name, number) = (("short_name", "kirurg"), ("number", "29829620004"));
    let (given, family) = (("given_name", "x"), ("family_name", "y"));
    let refused: &[(&str, &[(&str, &str)])] = &[
        (clients, &[("name", "")]),
        (clients, &[("name", "x"), ("scope", "a b")]),
        (clients, &[("name", "x"), ("scope", "ukjent:api/les")]),
        (clients, &[("name", "x"), ("org_parent", "12")]),
        (clients, &[("name", "x"), ("org_children", "12")]),
        (clients, &[("name", "x"), ("profile", "ny")]),
        (clients, &[("name", "x"), ("token_lifetime", "x")]),
        (clients, &[("name", "x"), ("token_lifetime", "0")]),
        (clients, &[("name", "x"), ("tenancy", "multi-tenant")]),
        (clients, &[("name", "x"), ("client_id", "the-client")]),
        (clients, &[("name", "x"), ("client_id", "a\nb")]),
        (clients, &[("name", "x"), ("expires", "i morgen")]),
        (clients, &[("name", "x"), ("key", private.expose())]),
        (clients, &[("name", "x"), ("key", "-----BEGIN PRIVATE KEY-----")]),
        (clients, &[("name", "x"), ("key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")]),
        (clients, &[("name", "x"), ("key", "nøkkel")]),
        (clients, &[("name", "x"), ("key", "{")]),
        (clients, &[("name", "x"), ("key", "{\"keys\":[]}")]),
        (clients, &[("name", "x"), ("key", "{\"kty\":\"oct\",\"k\":\"AA\"}")]),
        (clients, &[("name", "x"), ("key", "{\"kty\":\"RSA\"}")]),
        (clients, &[("name", "x"), ("key", "{\"kty\":\"RSA\",\"n\":\"wwww\",\"e\":\"AQAB\"}")]),
        (clients, &[("name", "x"), ("key", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":5,\"y\":6}")]),
        (clients, &[("name", "x"), ("key", "ssh-ed25519 AAAA")]),
        ("/admin/clients/the-client", &[("name", "")]),
        ("/admin/clients/the-client", &[("name", "x"), ("scope", "ukjent:api/les")]),
        (client, &[("name", "x")]),
        (client, &[("name", "x"), ("grant", "password")]),
        (client, &[("name", "x"), ("grant", "authorization_code")]),
        (client, &[("name", "x"), ("grant", "refresh_token")]),
        (client, &[("name", "x"), machine, ("scope", "openid")]),
        (client, &[("name", "x"), ("grant", "authorization_code"), ("scope", "offline_access")]),
        (client, &[("name", "x"), machine, ("redirect_uris", "javascript:alert(1)")]),
        (client, &[("name", "x"), machine, ("redirect_uris", "http://a.example/")]),
        (client, &[("name", "x"), machine, ("backchannel_logout_uri", "com.example:/ut")]),
        (client, &[("name", "x"), machine, ("id_token_lifetime", "x")]),
        (client, &[("name", "x"), machine, ("id_token_lifetime", "0")]),
        (client, &[("name", "x"), machine, ("refresh_grace", "61")]),
        (client, &[("name", "x"), machine, ("identity_provider", "idporten-oidc")]),
        (client, &[("name", "x"), machine, ("own_audiences", "a\tb")]),
        (client, &[("name", "x"), machine, ("own_audiences", "nhn:ingen")]),
        (client, &[("name", "x"), machine, ("may_be_exchanged_by", "a\tb")]),
        (client, &[("name", "x"), machine, ("profile", "fapi2"), ("require_dpop", "no")]),
        (clients, &[("name", "x"), ("client_id", "nhn:bff-sample")]),
        ("/admin/conformance", &[("upstream", "http://10.0.0.1")]),
        ("/admin/conformance", &[("upstream", "localhost:5000")]),
        ("/admin/conformance", &[("upstream", "https://api.example/a?b")]),
        ("/admin/conformance", &[("upstream", "https://api.example//b")]),
        ("/admin/conformance", &[("upstream", "https://api.example/%41")]),
        ("/admin/conformance", &[("upstream", "https://api.example/a%2fb")]),
        ("/admin/conformance", &[("upstream", "https://api.example/%252e%252e")]),
        ("/admin/conformance", &[("upstream", "ftp://api.example")]),
        ("/admin/conformance", &[("audience", "nhn:ingen")]),
        ("/admin/conformance", &[("audience", "a\tb")]),
        ("/admin/conformance", &[("credentials", "ingen")]),
        ("/admin/conformance", &[("security_level", "2")]),
        ("/admin/conformance", &[("attestation_minutes", "0")]),
        ("/admin/conformance", &[("attestation_minutes", "x")]),
        ("/admin/apis", &[("audience", "the-client"), ("scopes", "a:b/c")]),
        ("/admin/clients/the-client/keys", &[("key", "")]),
        ("/admin/clients/the-client/keys/remove", &[("key", "ingen")]),
        ("/admin/clients/the-client/remove", &[("confirmation", "en annen")]),
        ("/admin/clients/ingen", &[("name", "x")]),
        ("/admin/clients/ingen/enabled", &[("enabled", "no")]),
        ("/admin/clients/ingen/approve", &[]),
        ("/admin/broken/remove", &[("kind", "client"), ("id", "ingen")]),
        ("/admin/apis", &[("audience", ""), ("scopes", "a:b/c")]),
        ("/admin/apis", &[("audience", "a:b"), ("scopes", "a\"b")]),
        ("/admin/apis", &[("audience", "a:b"), ("scopes", READ)]),
        ("/admin/apis", &[("audience", "a:b"), ("scopes", &many)]),
        ("/admin/apis/remove", &[("audience", "ingen")]),
        ("/admin/organisations", &[("number", "12345"), ("name", "x")]),
        ("/admin/organisations", &[("number", "123456785"), ("name", "a\nb")]),
        ("/admin/organisations", &[("name", "x")]),
        ("/admin/organisations/remove", &[("remove", "123456785")]),
        ("/admin/delegations", &[("parent", "123456785")]),
        ("/admin/delegations", &[("parent", "123456785"), ("supplier", "987654325")]),
        ("/admin/delegations/remove", &[("parent", "123456785"), ("supplier", "987654325")]),
        (persons, &[]),
        (persons, &[("short_name", "Kirurg")]),
        (persons, &[("short_name", "kirurg"), ("number", "29829620005")]),
        (persons, &[("short_name", "kirurg"), ("number", "29029620004")]),
        (persons, &[("short_name", "kirurg"), ("number", "29999620004")]),
        (persons, &[name, number]),
        (persons, &[name, number, ("given_name", "x")]),
        (persons, &[name, number, ("given_name", "x"), ("family_name", "y"), ("middle_name", "a\nb")]),
        (persons, &[name, number, given, family, ("level", "2")]),
        (persons, &[name, number, given, family, ("identity_provider", "idporten-oidc")]),
        (persons, &[name, number, given, family, ("hpr_number", "x")]),
        (persons, &[name, number, given, family, ("hpr_number", "1"), ("professions", "le")]),
        (persons, &[name, given, family, ("number", "06828399789")]),
        (persons, &[name, given, family, ("number", "14438020021")]),
        (persons, &[name, number, given, family, ("hpr_number", "565505933")]),
        ("/admin/persons/remove", &[("remove", "ingen")]),
        ("/admin/persons/remove", &[("remove", "29829620004")]),
        ("/admin/signing-keys/rotate", &[("lead", "x")]),
        ("/admin/signing-keys/rotate", &[("lead", "86401")]),
        ("/admin/conformance", &[("profile", "ny")]),
        ("/admin/conformance/ingen/end", &[]),
    ];
    for (path, fields) in refused {
        walk.refuse(path, fields).await;
    }
    // A form of another session, and a code that opens nothing.
    let forged = walk.browser.form("/admin/apis", "another", &[]).header("origin", &walk.browser.origin);
    let page = forged.send().await.unwrap().text().await.unwrap();
    walk.look_at(&page, "a forged form");
    let form = walk.browser.form("/admin/sign-in", "", &[("code", "feil")]);
    let page = form.header("origin", &walk.browser.origin).send().await.unwrap().text().await.unwrap();
    walk.look_at(&page, "a wrong code");
    walk.finish();
}
