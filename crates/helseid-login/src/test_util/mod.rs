//! For the tests of programs that log people in: an authority without a network, which signs a person in, and answers wrongly on
//! demand. Feature `test-util`; never enable it in a product.
//!
//! ```
//! # async fn test() -> Result<(), helseid_login::flow::LoginError> {
//! use helseid_login::flow::{Found, LoginRequest, Returned};
//! use helseid_login::test_util::{Broken, TestClock, TestProvider};
//!
//! let authority = TestProvider::new(&TestClock::new());
//! let login = authority.login("https://app.example/callback")?;
//! let pushed = login.begin(&LoginRequest::default()).await?;
//! let query = authority.visit(&pushed.authorize);
//! let returned = Returned::read(query.as_bytes())?;
//! let person = returned.recognise(Found::Pending(pushed.pending), &login)?.complete(&login).await?;
//! assert_eq!(person.claims.name(), Some("LIVSTRETT BEVER"));
//!
//! authority.break_with(Broken::NonceOther); // from now on, every ID token has another nonce
//! # Ok(()) }
//! ```
//!
//! | file | what |
//! | --- | --- |
//! | `provider` | the authority: who logs in there, what it was asked, and how often |
//! | `answers` | its endpoints |
//! | `tokens` | what it signs |
//! | `broken` | what can be wrong with an answer, one thing at a time, and the rule that says so |

mod answers;
mod broken;
mod provider;
mod tokens;

pub use broken::Broken;
pub use helseid_protocol::forge::TestClock;
pub use provider::{Asked, TestProvider};
