//! The catalogue: every rule with its id, what must hold, where that comes from, and how to fix a breach.
//!
//! Each family of rules is a file. One more is a line in both lists here: its file, and its place in the catalogue.

use super::endpoint::Endpoints;
use super::{Endpoint, ErrorCode};

macro_rules! catalogue {
    ($($(#[$about:meta])+ $family:ident $name:literal {$(
        $rule:ident $id:literal [$($endpoint:ident)|+] $code:ident
            $statement:literal
            $breach:literal
            $source:literal
            $fix:literal;
    )+})+) => {
        /// What a rule is about; the first part of its id.
        ///
        /// ```
        /// use helseid_protocol::rule::{Family, Rule};
        ///
        /// assert_eq!(Rule::by_id("dpop.ath").map(|rule| rule.family().name()), Some("dpop"));
        /// for family in Family::ALL {
        ///     let its_rules = Rule::ALL.iter().filter(|rule| rule.family() == family);
        ///     println!("{}: {} rules", family.name(), its_rules.count());
        /// }
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Family {
            $($(#[$about])+ $family,)+
        }

        impl Family {
            /// Every family, in catalogue order.
            pub const ALL: [Self; [$(Self::$family),+].len()] = [$(Self::$family),+];

            /// As ids begin.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$family => $name,)+ }
            }
        }

        /// One requirement of the protocol.
        ///
        /// ```
        /// use helseid_protocol::rule::Rule;
        ///
        /// let rule = Rule::by_id("dpop.ath").ok_or("no such rule")?;
        /// println!("{} ({}). {}", rule.statement(), rule.source(), rule.fix());
        /// # Ok::<(), &str>(())
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub enum Rule {
            $($(#[doc = $statement] $rule,)+)+
        }

        impl Rule {
            /// Every rule, in catalogue order.
            pub const ALL: &[Self] = &[$($(Self::$rule,)+)+];

            /// The name by which people and programs speak of the rule, such as `assertion.aud`.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $($(Self::$rule => $id,)+)+ }
            }

            /// What must hold, in one sentence.
            #[must_use]
            pub const fn statement(self) -> &'static str {
                match self { $($(Self::$rule => $statement,)+)+ }
            }

            /// What happened where the rule is broken, in a few words without a full stop.
            #[must_use]
            pub const fn breach(self) -> &'static str {
                match self { $($(Self::$rule => $breach,)+)+ }
            }

            /// Where the rule comes from.
            #[must_use]
            pub const fn source(self) -> &'static str {
                match self { $($(Self::$rule => $source,)+)+ }
            }

            /// How to fix a breach, in one sentence.
            #[must_use]
            pub const fn fix(self) -> &'static str {
                match self { $($(Self::$rule => $fix,)+)+ }
            }

            /// The error code of a breach.
            #[must_use]
            pub const fn code(self) -> ErrorCode {
                match self { $($(Self::$rule => ErrorCode::$code,)+)+ }
            }

            /// What the rule is about.
            #[must_use]
            pub const fn family(self) -> Family {
                match self { $($(Self::$rule => Family::$family,)+)+ }
            }

            const fn endpoints(self) -> Endpoints {
                match self { $($(Self::$rule => const { Endpoints::of(&[$(Endpoints::$endpoint),+]) },)+)+ }
            }
        }
    };
}

/// Collects the families: each adds its own rules to those before it, and hands over to the next.
macro_rules! each_family {
    ([$($all:tt)*]) => { catalogue! { $($all)* } };
    ([$($before:tt)*] $family:ident $($next:ident)*) => { $family! { [$($before)*] $($next)* } };
}

#[macro_use]
mod api;
#[macro_use]
mod assertion;
#[macro_use]
mod authorize;
#[macro_use]
mod code;
#[macro_use]
mod details;
#[macro_use]
mod dpop;
#[macro_use]
mod end_session;
#[macro_use]
mod exchange;
#[macro_use]
mod frontchannel;
#[macro_use]
mod id_token;
#[macro_use]
mod interaction;
#[macro_use]
mod introspection;
#[macro_use]
mod key;
#[macro_use]
mod login;
#[macro_use]
mod logout_token;
#[macro_use]
mod par;
#[macro_use]
mod refresh;
#[macro_use]
mod request;
#[macro_use]
mod request_object;
#[macro_use]
mod revocation;
#[macro_use]
mod token;
#[macro_use]
mod userinfo;

each_family! {
    []
    request
    assertion
    details
    dpop
    par
    authorize
    request_object
    interaction
    token
    api
    key
    code
    refresh
    exchange
    userinfo
    end_session
    revocation
    introspection
    login
    id_token
    logout_token
    frontchannel
}

impl Rule {
    /// The rules that `endpoint` checks, in catalogue order.
    pub fn at(endpoint: Endpoint) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |rule| rule.endpoints().contains(endpoint))
    }

    /// The rule with this id.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.id() == id)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_id_is_its_own_and_leads_back_to_its_rule() {
        let ids: HashSet<_> = Rule::ALL.iter().map(|rule| rule.id()).collect();
        assert_eq!(ids.len(), Rule::ALL.len());
        for rule in Rule::ALL {
            assert_eq!(Rule::by_id(rule.id()), Some(*rule));
        }
        assert_eq!(Rule::by_id("assertion.nonsense"), None);
    }

    #[test]
    fn an_id_begins_with_its_family() {
        for rule in Rule::ALL {
            assert_eq!(rule.id().split('.').next(), Some(rule.family().name()));
        }
    }

    #[test]
    fn statements_and_fixes_are_whole_sentences() {
        for rule in Rule::ALL {
            assert!(rule.statement().ends_with('.') && rule.fix().ends_with('.'), "{}", rule.id());
            assert!(
                rule.statement().contains(" must ") || rule.statement().contains(" may "),
                "{}",
                rule.id()
            );
            assert!(!rule.breach().ends_with('.') && rule.breach().starts_with(|c: char| c.is_uppercase()));
            assert!(!rule.source().is_empty(), "{}", rule.id());
        }
    }
}
