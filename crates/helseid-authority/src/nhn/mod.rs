//! Doubles of NHN's services.

mod guard;
mod self_service;
mod state;
mod test_tokens;

use std::sync::Arc;

use axum::{Router, middleware};

use crate::web::origin::AllowedOrigins;
use guard::DoublesGuard;
#[cfg(test)]
pub(crate) use self_service::said;
pub(crate) use state::NhnState;

/// The routes, below the issuer's path, for programs: pages may come from these origins alone.
pub(crate) fn routes(state: NhnState, origins: Arc<AllowedOrigins>) -> Router {
    let guard = DoublesGuard {
        origins,
        limits: state.oauth.limits.clone(),
        registry: state.oauth.registry.clone(),
        clock: state.oauth.clock.clone(),
    };
    let routes = self_service::routes().merge(test_tokens::routes()).with_state(state);
    routes.layer(middleware::from_fn_with_state(guard, guard::guard))
}
