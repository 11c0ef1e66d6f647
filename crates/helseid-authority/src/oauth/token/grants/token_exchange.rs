//! The exchange of a token (RFC 8693): an API that was called with a token gets one by which it calls the next API.

use helseid_protocol::claims::AccessTokenClaims;
use helseid_protocol::details::Details;
use helseid_protocol::endpoint::token::{ExchangeForm, Exchanging};
use helseid_protocol::id::ClientId;

use super::Asked;
use super::scopes::{of_client, require_single_audience};
use crate::domain::model::KnownClient;
use crate::oauth::client_auth::client_is_registered;
use crate::oauth::issued;
use crate::oauth::signed_post::{Notes, Stop};
use crate::oauth::state::UserLogin;
use crate::oauth::token::claims::ClientClaims;
use crate::oauth::token::granted::{ExchangedToken, Granted, UsesUp};
use crate::oauth::user::{LiveLogin, live_login};
use crate::registry::Snapshot;

/// Checks the subject token and the actor, then `scope` and `resource` as with client credentials.
pub(super) async fn check<'a>(
    asked: &Asked<'a>,
    login: Option<&UserLogin>,
    notes: &mut Notes,
) -> Result<Granted<'a>, Stop> {
    let Asked { state, registry, client, when, .. } = *asked;
    let actor = &client.known.client;
    let form = ExchangeForm::read(asked.form, &mut notes.trail)?;
    let found = match issued::check(state, form.subject_token(), when.judged()) {
        Ok(claims) => Ok(claims),
        Err(Stop::Fault(fault)) => Err(fault),
        Err(other) => return Err(other),
    };
    let subject = form.require_good(found, when.judged(), &mut notes.trail)?;
    let owner = form.require_clients(enabled_owner(&subject, registry), &mut notes.trail)?;
    let exchanging = Exchanging {
        actor: &actor.id,
        own_audiences: &actor.own_audiences,
        may_be_exchanged_by: &owner.client.may_be_exchanged_by,
        max_exchanges: state.issuer.max_exchanges,
    };
    form.check(&subject, exchanging, &mut notes.trail)?;
    let family = match Whose::of(&subject) {
        Whose::Machine => None,
        Whose::Person => {
            let alive = alive(login, &subject).await?;
            if let Some(alive) = &alive {
                notes.artifacts.belongs_to(&alive.login.login_id, &alive.login.session);
            }
            form.require_live_login(alive.is_some(), &mut notes.trail)?;
            alive.map(|alive| alive.family)
        }
    };

    let trail = &mut notes.trail;
    let (scopes, audiences) = of_client(asked, trail)?;
    require_single_audience(&audiences, trail);
    // Of the actor: the new token has the organisation of the subject token, and names the actor's in act.
    let details = Details::read(client.assertion.claims(), trail)?;
    details.require_known_types(trail)?;
    details.require_no_attestation(trail)?;
    let claims = ClientClaims::check(registry, actor, (&audiences, &details), trail)?;
    let acting = claims.as_actor(&state.issuer.name, &actor.id);
    Ok(Granted {
        scopes,
        audiences,
        client: claims,
        login: None,
        exchanged: Some(ExchangedToken { subject, actor: acting, family }),
        uses_up: UsesUp::Nothing,
    })
}

enum Whose {
    Person,
    Machine,
}

impl Whose {
    fn of(subject: &AccessTokenClaims) -> Self {
        match subject.subject().or_else(|| subject.session_id()) {
            Some(_) => Self::Person,
            None => Self::Machine,
        }
    }
}

/// The client that the token was issued to, if it and the one that got the first token are registered and enabled.
fn enabled_owner<'a>(subject: &AccessTokenClaims, registry: &'a Snapshot) -> Option<&'a KnownClient> {
    let enabled = |id: &ClientId| client_is_registered(registry, id).ok();
    let owner = enabled(subject.client_id()?)?;
    match subject.original_client_id() {
        None => Some(owner),
        Some(first) => enabled(&ClientId::parse(first).ok()?).map(|_| owner),
    }
}

/// The login of the token, if it goes on.
async fn alive(login: Option<&UserLogin>, subject: &AccessTokenClaims) -> Result<Option<LiveLogin>, Stop> {
    match (login, subject.jwt_id()) {
        (Some(login), Some(jwt_id)) => Ok(live_login(&*login.sessions, jwt_id).await?),
        _ => Ok(None),
    }
}
