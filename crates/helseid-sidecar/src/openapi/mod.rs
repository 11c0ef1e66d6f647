//! Makes the OpenAPI document from the types of requests and answers. Each endpoint describes itself, beside its handler.

mod operation;
mod routes;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

pub(crate) use operation::Operation;

use crate::refusal::Body as Refusal;
use crate::{inbound, operations, outbound};

/// Where schemas are in the document.
const SCHEMAS: &str = "#/components/schemas/";

/// The document, as it is made.
pub(crate) struct Document {
    paths: Map<String, Value>,
    /// Those of operations that take any method, each for all of them.
    responses: Map<String, Value>,
    bodies: SchemaGenerator,
    answers: SchemaGenerator,
}

impl Document {
    fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path =
                    SCHEMAS.trim_start_matches('#').trim_end_matches('/').to_owned().into();
                settings.meta_schema = None;
            })
        };
        Self {
            paths: Map::new(),
            responses: Map::new(),
            bodies: settings().for_deserialize().into_generator(),
            answers: settings().for_serialize().into_generator(),
        }
    }

    /// An operation, which is to be described.
    pub(crate) fn operation(&mut self, route: &'static str, id: &str, summary: &str) -> Operation<'_> {
        Operation::new(self, route, id, summary)
    }

    fn body<T: JsonSchema>(&mut self) -> Value {
        self.bodies.subschema_for::<T>().to_value()
    }

    fn answer<T: JsonSchema>(&mut self) -> Value {
        self.answers.subschema_for::<T>().to_value()
    }

    fn finish(mut self) -> Value {
        let refusal = json!({
            "description": "Why nothing was given (RFC 6749 section 5.2).",
            "content": { "application/json": { "schema": self.answer::<Refusal<'_>>() } },
        });
        self.responses.insert("Refusal".to_owned(), refusal);
        let mut schemas = self.bodies.take_definitions(true);
        for (name, schema) in self.answers.take_definitions(true) {
            let twice = schemas.insert(name.clone(), schema.clone());
            assert!(twice.is_none_or(|other| other == schema), "two types are called {name}");
        }
        let key = |name: &str, what: &str| json!({ "type": "apiKey", "in": "header", "name": name, "description": what });
        without_null_defaults(json!({
            "openapi": "3.1.0",
            "info": {
                "title": "helseid sidecar",
                "version": "1",
                "description": "HelseID for programs in any language, on one machine. Requests of web pages are refused but at \
                    /forward-auth and /resource-metadata, over TCP those for other hosts (421), and heads of over 64 KiB or 100 headers (431). Paths of /call may have any number of segments.",
            },
            "servers": [{ "url": "http://localhost:8481" }],
            "security": [{ "key": [] }, { "own": [] }, {}],
            "paths": self.paths,
            "components": {
                "securitySchemes": {
                    "key": key("X-HelseID-Key", "The shared key, or that of the caller. Not needed over a Unix socket."),
                    "own": key("X-HelseID-Sidecar", "Any value, over TCP with insecure_no_key: no web page can send it."),
                    "secret": { "type": "http", "scheme": "basic", "description": "Any user name, and the key as the password." },
                },
                "responses": self.responses,
                "schemas": schemas,
            },
        }))
    }
}

/// A default of `null` says nothing.
fn without_null_defaults(mut value: Value) -> Value {
    match &mut value {
        Value::Array(items) => items.iter_mut().for_each(|item| *item = without_null_defaults(item.take())),
        Value::Object(members) => {
            members.retain(|name, member| name != "default" || !member.is_null());
            members.values_mut().for_each(|member| *member = without_null_defaults(member.take()));
        }
        _ => {}
    }
    value
}

/// The document as the endpoints and the types have it.
fn made() -> Value {
    let mut document = Document::new();
    outbound::describe(&mut document);
    inbound::describe(&mut document);
    operations::describe(&mut document);
    document.finish()
}

#[test]
fn the_openapi_document_is_what_the_types_say() {
    let made = made();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    if std::env::var_os("HELSEID_WRITE_DOCS").is_some() {
        let text = serde_json::to_string_pretty(&made).unwrap() + "\n";
        std::fs::write(file, text).unwrap();
    }
    let written: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert_eq!(written, made, "HELSEID_WRITE_DOCS=1 cargo test -p helseid-sidecar --lib writes it");
}

#[test]
fn no_reference_leads_nowhere_every_schema_is_used_and_no_two_operations_have_one_id() {
    let made = made();
    let (mut used, mut ids, mut open) = (BTreeSet::new(), BTreeSet::new(), vec![&made]);
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(to)) = members.get("$ref") {
                    assert!(made.pointer(&to[1..]).is_some(), "{to}");
                    used.extend(to.strip_prefix(SCHEMAS).map(str::to_owned));
                }
                if let Some(Value::String(id)) = members.get("operationId") {
                    assert!(ids.insert(id), "{id}");
                }
                open.extend(members.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    let schemas = made["components"]["schemas"].as_object().unwrap();
    assert_eq!(used, schemas.keys().cloned().collect());
}
