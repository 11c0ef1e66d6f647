//! Request objects that a browser brings are used once, by GET or by a form.

use helseid_authority::Config;
use helseid_protocol::forge;
use helseid_protocol::rule::Profile;
use url::Url;

use super::world::*;

/// A request in a request object of this `jti`.
fn object(login: &Login, jti: &str) -> String {
    let desk = &login.desk;
    let object = forge::request_object(&desk.key, &desk.client_id, desk.running.issuer(), desk.now());
    let parameters = login.parameters().into_iter();
    parameters.fold(object.claim("jti", jti), |jwt, (name, value)| jwt.claim(name, value)).sign(&desk.key)
}

impl Login {
    /// Posts a request object, and comes back with the name of the request as a browser does.
    async fn post_object(&self, object: &str) -> reqwest::Response {
        let form = [("client_id", "the-client".to_owned()), ("request", object.to_owned())];
        let posted = self.form("/connect/authorize", &form).send().await.unwrap();
        let location = Url::parse(posted.headers()["location"].to_str().unwrap()).unwrap();
        let query: Vec<_> = location.query_pairs().into_owned().collect();
        let query: Vec<_> = query.iter().map(|(name, value)| (&**name, &**value)).collect();
        self.visit(&query).await
    }
}

#[tokio::test]
async fn a_request_object_is_used_once_whichever_way_it_comes() {
    let login = Login::with(Config::in_memory().profile(Profile::Legacy), |_| ()).await;
    let one = object(&login, "one");
    sent_back(&login.post_object(&one).await).code();
    shows(login.post_object(&one).await, "request_object.jti_once").await;

    let two = object(&login, "two");
    sent_back(&login.visit(&[("client_id", "the-client"), ("request", &two)]).await).code();
    shows(login.post_object(&two).await, "request_object.jti_once").await;
    shows(login.visit(&[("client_id", "the-client"), ("request", &one)]).await, "request_object.jti_once")
        .await;
}
