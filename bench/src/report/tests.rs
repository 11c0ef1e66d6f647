//! A made-up run: every section has what the report asks for, in three rounds.

use super::document::{Block, fill};
use super::goals::{GOALS, table};
use super::loads::{self, Asked};
use super::measured::{Incomplete, Measured, Row};
use super::{blocks, machine, markdown, plot, tables};
use crate::figures::Figure;

const LOADS: &[(&str, &[&str])] = &[
    ("RS256 token, RS256 assertion, DPoP", &["helseid authority", "oidc-provider"]),
    ("ES256 token, RS256 assertion, DPoP", &["helseid authority", "oidc-provider"]),
    ("ES256 token, ES256 assertion, DPoP", &["helseid authority", "oidc-provider"]),
    ("login, RS256 tokens, RS256 assertions, DPoP", &["helseid authority, in memory", "oidc-provider"]),
    ("login, ES256 tokens, ES256 assertions, DPoP", &["helseid authority, in memory", "oidc-provider"]),
    ("DPoP, token seen before", &["helseid-api", "Fastify and jose"]),
    ("DPoP, token new", &["helseid-api"]),
    ("Bearer, token new", &["helseid-api"]),
    ("Bearer, token seen before", &["helseid-api"]),
];

/// Ours is ten times as fast as peers, and reaches 0.95 of the limit.
fn figures() -> Vec<Figure> {
    let mut all = Vec::new();
    for round in [0.0, 1.0, 2.0] {
        let one = |subject: &str, load: &str, rate: f64, score: f64| {
            let figure = Figure::new("rounds", subject, load).with("round", round).with("rate", rate + round);
            let figure = figure.with("score", score + round / 100.0).with("limit_us", 50.0);
            let figure = figure.with("server_us", 55.25).with("resident_mib", 17.5);
            figure.with("p50_us", 1_000.0).with("p99_us", 1_500.0)
        };
        let bare =
            one("bare axum", "GET", 120_000.0, 1.0).with("rsa_sign_us", 203.0).with("rsa_verify_us", 12.0);
        all.push(bare.with("p256_sign_us", 11.6).with("p256_verify_us", 34.2));
        for (load, subjects) in LOADS {
            for subject in *subjects {
                let ours = subject.starts_with("helseid");
                all.push(one(
                    subject,
                    load,
                    if ours { 20_000.0 } else { 2_000.0 },
                    if ours { 0.95 } else { 0.1 },
                ));
            }
        }
        for (subject, count, micros, idle) in [
            ("clients", "1", 100.0, 16.0),
            ("clients", "10000", 102.0, 26.0),
            ("used assertions", "0", 100.0, 16.0),
            ("used assertions", "1000000", 101.0, 80.0),
            ("cores", "1", 100.0, 16.0),
            ("cores", "2", 103.0, 16.0),
            ("stores", "SQLite", 100.0, 16.0),
        ] {
            let figure =
                Figure::new("scale", subject, count).with("server_us", micros).with("idle_mib", idle);
            all.push(figure.with("rate", 9_000.0).with("p50_us", 900.0).with("p99_us", 1_100.0));
        }
        for subject in ["helseid authority, new folder", "oidc-provider"] {
            let figure = Figure::new("processes", subject, "start").with("wall_ms", 18.0 + round);
            all.push(figure.with("idle_mib", 17.0));
        }
        for (subject, wall, cpu) in [("helseid call", 10.0, 10.0 * round), ("client_2021.py", 200.0, 180.0)] {
            let figure = Figure::new("processes", subject, "whole process");
            all.push(figure.with("wall_ms", wall).with("cpu_ms", cpu));
        }
    }
    for subject in
        ["whole call", "proof ES256 with token", "assertion RS256", "request of a person", "whole login"]
    {
        let figure = Figure::new("pairs", subject, "").with("limit_us", 100.0).with("ours_us", 102.0);
        let figure = figure.with("share", 0.98).with("share_low", 0.97).with("share_high", 0.99);
        all.push(figure.with("added_us", 2.0).with("added_low", 1.0).with("added_high", 3.0));
    }
    all.push(Figure::new("memory", "API: token", "").with("count", 4_096.0).with("bytes_each", 812.4));
    for (subject, added) in [("/api/v1/token, kept", 40.0), ("/api/v1/headers", 30.0), ("/call", 60.0)] {
        let figure = Figure::new("sidecar", subject, "load").with("rate", 9_000.0).with("limit_us", 20.0);
        let figure = figure.with("p50_us", 900.0).with("p99_us", 1_100.0).with("server_us", 50.0);
        all.push(figure.with("added_us", added).with("limit_cpu_us", 30.0));
    }
    for (subject, count, memory) in [
        ("idle", 0.0, 9.5),
        ("kept tokens", 10_020.0, 31.0),
        ("a call", 1.0, 12.0),
        ("bodies of 40 MB each way, four at once", 12.0, 15.0),
    ] {
        let figure = Figure::new("sidecar", subject, "memory");
        all.push(figure.with("count", count).with("resident_mib", memory));
    }
    all.push(Figure::new("processes", "helseid", "size").with("mib", 13.25));
    for (tokens, memory) in [(0.0, 17.0), (1e6, 30.0), (2e6, 30.5), (3e6, 30.6)] {
        let figure = Figure::new("endurance", "helseid authority", &format!("{tokens}"));
        all.push(figure.with("tokens", tokens).with("resident_mib", memory).with("rate", tokens / 400.0));
    }
    all
}

/// The made-up run with one number changed in all rounds.
fn with(section: &str, load: &str, name: &str, change: fn(f64) -> f64) -> Measured {
    let mut all = figures();
    let named = |figure: &&mut Figure| {
        figure.section == section
            && (figure.load == load || figure.subject == load)
            && figure.subject != "oidc-provider"
    };
    let mut changed = 0;
    for figure in all.iter_mut().filter(named) {
        let value = figure.values.get_mut(name).expect("a figure of that name");
        *value = change(*value);
        changed += 1;
    }
    assert!(changed > 0, "{section} {load} {name}");
    Measured::new(all)
}

/// What the goals that are not met are about.
fn missed(measured: &Measured) -> Vec<String> {
    let table = table(measured).expect("every figure");
    let missed = table.lines().filter(|line| line.contains("not met"));
    missed.map(|line| line.split('|').nth(1).expect("a cell").trim().to_owned()).collect()
}

#[test]
fn a_run_that_reaches_every_goal_misses_none() {
    let measured = Measured::new(figures());
    let table = table(&measured).expect("every figure");
    assert_eq!(missed(&measured), [""; 0]);
    assert_eq!(table.lines().count(), GOALS.len() + 2);
    assert_eq!(table.matches("| met |").count() - 1, GOALS.len() - 4);
    for line in [
        "| token endpoint, RS256 token and assertion, DPoP: score | ≥ 0.88 | 0.960 [0.950 – 0.970] | met |",
        "| the same, over oidc-provider | ≥ 3.5 times | 10.00 [9.99 – 10.00] times | met |",
        "| whole process of a client: time of the Python program over ours | ≥ 15 times | 20.00 times | met |",
        "| CPU of a token request on two cores over that on one | ≤ 1.05 | 1.030 | met |",
        "| the whole binary | – | 13.2 MiB | – |",
    ] {
        assert!(table.contains(line), "{line}\n{table}");
    }
}

#[test]
fn a_goal_that_is_missed_is_not_met_and_no_other() {
    let cases: [(Measured, &str); 8] = [
        (with("rounds", "DPoP, token new", "score", |_| 0.7), "API, DPoP, every token new: score"),
        (
            with("pairs", "whole call", "added_us", |_| 30.1),
            "client: added to a call over the same HTTP client",
        ),
        (
            with("pairs", "assertion RS256", "share", |_| 0.95),
            "client: an RS256 assertion, share of a bare RSA signature",
        ),
        (
            with("processes", "helseid call", "wall_ms", |_| 14.0),
            "whole process of a client: time of the Python program over ours",
        ),
        (with("endurance", "1000000", "resident_mib", |_| 41.0), "authority: memory after 1,000,000 tokens"),
        (
            with("endurance", "3000000", "resident_mib", |_| 32.0),
            "authority: memory after the third million over that after the second",
        ),
        (with("scale", "2", "server_us", |_| 106.0), "CPU of a token request on two cores over that on one"),
        (
            with("rounds", "ES256 token, RS256 assertion, DPoP", "p99_us", |_| 1_700.0),
            "DPoP at 16 connections: p99 over p50, the worst of three loads",
        ),
    ];
    for (measured, goal) in cases {
        assert_eq!(missed(&measured), [goal]);
    }
}

#[test]
fn the_middle_round_decides() {
    let mut all = figures();
    let mut rounds = all.iter_mut().filter(|figure| figure.load == "Bearer, token new");
    rounds.next().expect("a first round").values.insert("score".to_owned(), 0.1);
    drop(rounds);
    assert_eq!(missed(&Measured::new(all)), [""; 0]);
}

#[test]
fn what_is_missing_is_named_with_what_to_run() {
    let refused = |keep: fn(&Figure) -> bool| -> Incomplete {
        let all = figures().into_iter().filter(keep).collect();
        blocks(&Measured::new(all)).err().expect("something is missing")
    };
    for (why, part) in [
        (refused(|_| false), "figures of"),
        (refused(|figure| figure.section != "pairs"), "pairs"),
        (refused(|figure| figure.section != "scale"), "scale"),
        (refused(|figure| figure.section != "endurance"), "endurance"),
        (refused(|figure| figure.subject != "oidc-provider"), "oidc-provider"),
        (refused(|figure| figure.load != "1000000" || figure.section != "endurance"), "1000000"),
        (refused(|figure| figure.subject != "clients"), "clients"),
        (refused(|figure| figure.section != "memory"), "memory"),
        (refused(|figure| figure.section != "sidecar"), "sidecar"),
        (refused(|figure| figure.load != "size"), "helseid size"),
    ] {
        let why = why.to_string();
        assert!(why.contains(part) && why.contains("run cargo xtask bench"), "{part}: {why}");
    }
}

#[test]
fn tables_hold_what_was_measured() {
    let sidecar = tables::sidecar(&Measured::new(figures())).expect("the sidecar");
    let headers = "| /api/v1/headers | 9,000 | 0.90 | 1.10 | 50.0 | 30.0 | 20.0 | 30.0";
    assert!(sidecar.contains(headers) && sidecar.contains("| kept tokens | 10,020 | 31.0 |"), "{sidecar}");
    let limits = tables::limits(&Measured::new(figures())).expect("the bare operations");
    assert!(limits.contains("| P-256 signature | 11.6"), "{limits}");
    let measured = Measured::new(figures());
    let tokens = loads::table(&measured, Asked::Token).expect("token endpoints");
    let ours = "| helseid authority | RS256 token, RS256 assertion, DPoP | 20,001 | 1.00 | 1.50 | 55.2 | 17.5 | 50.0 | 0.96 [0.95 – 0.97] |  |";
    assert!(tokens.contains(ours), "{tokens}");
    let peer =
        "| 2,001 | 1.00 | 1.50 | 55.2 | 17.5 | 50.0 | 0.11 [0.10 – 0.12] | 10.00 [9.99 – 10.00] times |";
    assert!(tokens.contains(peer), "{tokens}");
    assert!(tokens.contains("Rounds: 3.") && tokens.contains("at least 11 % of the time"), "{tokens}");
    assert!(!tokens.contains("token new"), "{tokens}");
    let apis = loads::table(&measured, Asked::Api).expect("APIs");
    assert!(apis.contains("bare axum") && !apis.contains("assertion"), "{apis}");
    assert!(apis.contains("at least 11 % of the time"), "{apis}");

    let pairs = tables::pairs(&measured).expect("pairs");
    assert!(
        pairs.contains("| whole call | 100.00 | 102.00 | 0.980 [0.970 – 0.990] | 2.00 [1.00 – 3.00] |"),
        "{pairs}"
    );
    let scale = tables::scale(&measured).expect("scale");
    assert!(scale.contains("| clients | 10,000 | 102.0 | 1.02 | 9,000 | 0.90 | 1.10 |"), "{scale}");
    assert!(scale.contains("| stores | SQLite | 100.0 |  |"), "{scale}");
    let processes = tables::processes(&measured).expect("processes");
    let python = "| client_2021.py | 200.0 | 20.0 | 180.0 | 18.0 |";
    assert!(processes.contains(python), "{processes}");
    assert!(
        processes.contains("| helseid authority, new folder | 19.0 [18.0 – 20.0] | 17.0 |"),
        "{processes}"
    );
    let endurance = tables::endurance(&measured).expect("endurance");
    assert!(endurance.contains("| 0 | 17.0 |  |\n| 1,000,000 | 30.0 | 2,500 |"), "{endurance}");
}

#[test]
fn memory_is_that_of_each_and_whatever_else_was_counted() {
    let memory = tables::memory(&Measured::new(figures())).expect("scale");
    // Ten MiB by 9,999 clients, 64 MiB by a million assertions.
    assert!(memory.contains("| client | 10,000 | 1,049 |\n| used assertion | 1,000,000 | 67 |"), "{memory}");
    assert!(memory.ends_with("| API: token | 4,096 | 812 |\n"), "{memory}");
}

#[test]
fn prose_stays_and_blocks_are_new() {
    let block = |name, text: &str| Block { name, text: text.to_owned() };
    let document = "# Title\n<!-- figures: one -->\nold\n<!-- end -->\nprose\n<!-- figures: two -->\n<!-- end -->\nlast\n";
    let new = [block("one", "new\n"), block("two", "a\nb")];
    let filled = fill(document, &new).expect("all markers");
    assert_eq!(
        filled,
        "# Title\n<!-- figures: one -->\n\nnew\n\n<!-- end -->\nprose\n<!-- figures: two -->\n\na\nb\n\n<!-- end -->\nlast\n"
    );
    assert_eq!(fill(&filled, &new).expect("all markers"), filled, "the same twice");

    for (broken, part) in [
        ("no markers", "<!-- figures: one -->"),
        ("<!-- figures: one -->\n<!-- end -->\n", "<!-- figures: two -->"),
        ("<!-- figures: one -->\n<!-- figures: two -->\n<!-- end -->\n", "<!-- end --> behind"),
        ("<!-- figures: one -->\nold\n", "<!-- end -->"),
        (
            "<!-- figures: one -->\n<!-- end -->\n<!-- figures: two -->\n<!-- end -->\n<!-- figures: six -->\n",
            "six",
        ),
    ] {
        let why = fill(broken, &new).expect_err(broken).to_string();
        assert!(why.contains(part), "{broken}: {why}");
    }
}

#[test]
fn the_document_has_a_marker_for_every_block() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the checkout");
    let document = std::fs::read_to_string(root.join(super::DOCUMENT)).expect("the document");
    let mut blocks = blocks(&Measured::new(figures())).expect("every figure");
    blocks.push(Block { name: "instructions", text: tables::instructions(root).expect("the baseline") });
    blocks.push(Block { name: "machine", text: String::new() });
    fill(&document, &blocks).expect("all markers");
}

#[test]
fn pictures_are_well_formed_and_say_what_they_show() {
    let mut all = figures();
    all.push(Figure::new("rounds", "a <b> & \"c\"", "Bearer, token new").with("score", f64::INFINITY));
    let last = all.last_mut().expect("it was pushed");
    for name in ["rate", "server_us"] {
        last.values.insert(name.to_owned(), 1.0);
    }
    let measured = Measured::new(all);
    let pictures = [plot::scores(&measured).expect("scores"), plot::memory(&measured).expect("endurance")];
    for picture in &pictures {
        let tree = roxmltree::Document::parse(picture).expect("XML");
        let root = tree.root_element();
        for name in ["title", "desc"] {
            let node =
                root.children().find(|node| node.has_tag_name((root.tag_name().namespace().unwrap(), name)));
            assert!(node.and_then(|node| node.text()).is_some_and(|text| text.len() > 20), "{name}");
        }
        for number in root
            .descendants()
            .flat_map(|node| node.attributes())
            .filter(|a| a.name() == "x" || a.name() == "width")
        {
            let value: f64 = number.value().parse().expect("a number");
            assert!((0.0..=860.0).contains(&value), "{value} is outside");
        }
    }
    let texts = |picture: &str| -> Vec<String> {
        let tree = roxmltree::Document::parse(picture).expect("XML");
        tree.descendants().filter_map(|node| node.text().map(str::to_owned)).collect()
    };
    let [scores, memory] = pictures.map(|picture| texts(&picture));
    assert!(scores.iter().any(|text| text == "a <b> & \"c\""), "{scores:?}");
    assert!(scores.iter().any(|text| text.contains("helseid authority 0.96")), "{scores:?}");
    assert!(
        memory.iter().any(|text| text == "30.6 MiB") && memory.iter().any(|text| text == "goal 40"),
        "{memory:?}"
    );
}

#[test]
fn numbers_are_written_for_people() {
    for (value, digits, written) in [
        (0.0, 0, "0"),
        (999.96, 1, "1,000.0"),
        (1_234_567.0, 0, "1,234,567"),
        (-1_234.5, 1, "-1,234.5"),
        (f64::NAN, 2, "–"),
        (f64::INFINITY, 2, "–"),
    ] {
        assert_eq!(markdown::number(value, digits), written);
    }
}

#[test]
fn versions_are_found_in_what_programs_say() {
    for (said, version) in [
        ("rustc 1.95.0 (abc 2026-04-14)", "1.95.0"),
        ("v20.20.0\n", "20.20.0"),
        ("Python 3.11.2", "3.11.2"),
        ("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)", "15.14"),
        ("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0", "7.0.15"),
    ] {
        assert_eq!(machine::number_in(said).as_deref(), Some(version));
    }
    assert_eq!(machine::number_in("no version"), None);
}

#[test]
fn neighbours_of_the_same_round_make_a_ratio() {
    let row = |subject| Row::new("rounds", subject, "");
    let one = |subject: &str, rate: f64| Figure::new("rounds", subject, "").with("rate", rate);
    // The machine was half as fast in the second round: the ratio is the same in all.
    let all =
        vec![one("a", 90.0), one("b", 30.0), one("a", 45.0), one("b", 15.0), one("a", 93.0), one("b", 31.0)];
    let ratio = Measured::new(all).ratio(row("a").value("rate"), row("b").value("rate")).expect("both");
    assert!(
        [ratio.low, ratio.median, ratio.high].iter().all(|value| (value - 3.0).abs() < 1e-9),
        "{ratio:?}"
    );
}
