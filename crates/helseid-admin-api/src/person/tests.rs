use serde_json::json;

use super::*;

fn written() -> Value {
    json!({
        "short_name": "doctor", "number": "06828399789", "given_name": "Kvart", "family_name": "Grevling",
        "level": 3, "identity_providers": ["testidp-oidc"],
        "health_personnel": {
            "hpr_number": 565_505_933,
            "approvals": [{ "profession": "LE", "requisition_rights": [], "specialities": [] }],
        },
    })
}

#[test]
fn a_person_is_written_as_it_is_read() {
    let entry: PersonEntry = serde_json::from_value(written()).expect("a person");
    assert_eq!(
        (entry.level, entry.person.name.full().as_str()),
        (PersonLevel::Substantial, "Kvart Grevling")
    );
    assert_eq!(serde_json::to_value(&entry).expect("JSON"), written());
    let shown = format!("{entry:?}");
    assert!(!shown.contains("0682839") && !shown.contains("565505933"), "{shown}");
}

#[test]
fn each_wrong_part_is_refused_and_no_number_is_repeated() {
    for (name, value, why) in [
        ("short_name", json!("Doctor"), "a short name"),
        ("number", json!("06828399780"), "check digits"),
        ("number", json!("06028399789"), "real person"),
        ("number", json!(6_828_399_789_u64), "quotation marks"),
        ("given_name", json!(""), "given"),
        ("middle_name", json!("a\nb"), "middle"),
        ("level", json!(2), "level 3 or 4"),
        ("level", json!("4"), "u8"),
        ("identity_providers", json!(["idporten-oidc"]), "testidp-oidc"),
        ("health_personnel", json!({ "hpr_number": "0" }), "HPR number"),
        ("health_personnel", json!({ "hpr_number": 1, "aprovals": [] }), "unknown field `aprovals`"),
        (
            "health_personnel",
            json!({ "hpr_number": 1, "approvals": [{ "profession": "LE", "speciality": [] }] }),
            "unknown field `speciality`",
        ),
        (
            "health_personnel",
            json!({ "hpr_number": 1, "approvals": [
                { "profession": "LE", "authorization": { "value": "1", "text": "x" } },
            ] }),
            "unknown field `text`",
        ),
        ("pid", json!("06828399789"), "unknown field"),
    ] {
        let mut person = written();
        person[name] = value;
        let refused = serde_json::from_value::<PersonEntry>(person).expect_err(name).to_string();
        assert!(refused.contains(why), "{name}: {refused}");
        assert!(!refused.contains("0682839") && !refused.contains("6828399789"), "{refused}");
    }
}
