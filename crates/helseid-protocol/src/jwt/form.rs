//! From a text that does not parse to the one rule that it breaks.

use crate::jose::jws::{Malformed, Unverified};
use crate::rule::{Facts, Fault, Rule, Trail};

/// The rules that the form of one kind of JWT can break.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FormRules {
    /// The form as a whole.
    pub(crate) form: Rule,
    /// Its header's `alg`.
    pub(crate) alg: Rule,
    /// Other parameters of its header, each with a rule of its own.
    pub(crate) parameters: &'static [(&'static str, Rule)],
}

impl FormRules {
    /// The JWT, or the rule that it breaks: a parameter's own, if that alone is wrong, and else that on the form.
    pub(crate) fn read<'a>(
        self,
        parsed: Result<Unverified<'a>, Malformed>,
        trail: &mut Trail,
    ) -> Result<Unverified<'a>, Fault> {
        let why = match parsed {
            Ok(jws) => return trail.require(self.form, Ok(jws)),
            Err(why) => why,
        };
        let (rule, facts) = self.breach(why);
        if rule != self.form {
            trail.holds(self.form);
        }
        Err(Fault::new(rule, facts))
    }

    fn breach(self, why: Malformed) -> (Rule, Facts) {
        let of = |name: &str| self.parameters.iter().find(|(known, _)| *known == name).map(|(_, rule)| *rule);
        match why {
            Malformed::Unsigned(alg) => {
                (self.alg, Facts::value("an asymmetric algorithm, and a signature by it", alg))
            }
            Malformed::Parameter("alg", _) => (self.alg, Facts::new("a string in alg", why)),
            Malformed::Parameter(name, right) => match of(name) {
                Some(rule) => (rule, Facts::new(format_args!("{right} in {name}"), why)),
                None => (self.form, Facts::new("a compact JWS", why)),
            },
            why => (self.form, Facts::new("a compact JWS", why)),
        }
    }
}
