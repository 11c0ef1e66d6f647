use super::*;

#[cfg(feature = "web")]
#[test]
fn more_scopes_are_asked_for_beside_its_own_and_the_rest_stays() {
    let own = LoginRequest::default().scope(ScopeSet::parse("nhn:api/read").unwrap()).login_hint("somebody");
    let more = own.with_scope(&ScopeSet::parse("nhn:api/write").unwrap()).unwrap();
    assert_eq!(more.scope, ScopeSet::parse("nhn:api/read nhn:api/write").unwrap());
    assert_eq!(more.login_hint.as_deref(), Some("somebody"));
}

#[test]
fn each_prompt_has_its_name_and_the_usual_one_none() {
    for (prompt, name) in [
        (Prompt::WhereNeeded, None),
        (Prompt::None, Some("none")),
        (Prompt::SelectAccount, Some("select_account")),
        (Prompt::Login, Some("login")),
    ] {
        assert_eq!(prompt_name(prompt), name);
    }
}

#[test]
fn a_request_shows_what_it_demands_and_nobodys_hint() {
    let shown = format!("{:?}", LoginRequest::default().level(SecurityLevel::High).login_hint("somebody"));
    assert!(shown.starts_with("LoginRequest { scope: ") && shown.contains("High"), "{shown}");
    assert!(!shown.contains("somebody"), "{shown}");
}
