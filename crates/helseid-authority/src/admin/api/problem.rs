//! What the service says, as a problem (RFC 9457).

use super::super::service::ServiceError;
use crate::web::problem::ProblemResponse;

impl From<ServiceError> for ProblemResponse {
    fn from(why: ServiceError) -> Self {
        Self::new(why.reason.status(), why.title, why.detail, why.next)
    }
}
