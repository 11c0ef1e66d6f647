//! People log in, in a real browser: the authority and two applications over https, each on a site of its own; and at an app whose
//! logins are `helseid-login`'s.
//!
//! | file | what |
//! | --- | --- |
//! | [`house`] | the authority, the applications and the browser |
//! | [`party`] | an application: PAR, PKCE, DPoP, ID token, sessions, both kinds of logout |
//! | [`library`] | an app on `helseid-login`, reached directly and behind a proxy |
//! | [`sites`] | what listens by https |
//! | [`neighbour`] | another program under a name beside the authority's, or on another port of its host |
//! | [`look`] | what must hold of every page |
//! | [`watch`] | what must stand in no address, no referrer and no log |
//! | [`planted`] | that both find what is wrong |

mod asking;
mod framing;
mod house;
mod library;
mod logout;
mod look;
mod neighbour;
mod pages;
mod party;
mod picking;
mod planted;
mod sites;
mod tabs;
mod tossed;
mod watch;
