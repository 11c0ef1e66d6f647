//! Makes the OpenAPI document from the table of operations and the types.

pub(crate) mod schema;
mod simplify;

use std::collections::BTreeSet;

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use crate::Problem;
use crate::operation::{self, Operation};
use simplify::{for_parameter, moved, simplified};

/// Where schemas are in the document.
const SCHEMAS: &str = "#/components/schemas/";

/// Where schemas of answers are until it is known which of them differ from those of bodies.
const ANSWERS: &str = "#/components/answers/";

/// What the values in paths are.
const PATH_PARAMETERS: &[(&str, &str)] = &[
    ("client_id", "The client's id."),
    ("key", "The `kid` or the thumbprint of the key."),
    ("audience", "The audience of the API resource."),
    ("number", "The organisation's number."),
    ("short_name", "The person's short name."),
    ("access_key", "The id of the access key."),
    ("request", "The id of the request, with which `error_uri` ends."),
    ("session", "The id of the session."),
];

/// Refusals of every operation: no token, another site, too slow, another host.
const ALWAYS: &[u16] = &[401, 403, 408, 421];

/// Refusals of an operation whose path or query has values.
const VALUES: &[u16] = &[400];

/// Refusals of an operation with a body.
const BODY: &[u16] = &[400, 413, 415, 422];

/// What the table says of an operation besides its types.
pub(crate) struct About {
    pub(crate) constant: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) status: u16,
    pub(crate) answer: &'static str,
    pub(crate) refusals: &'static [u16],
}

/// The document, as it is made.
pub(crate) struct Document {
    paths: Map<String, Value>,
    bodies: SchemaGenerator,
    answers: SchemaGenerator,
}

impl Document {
    fn new() -> Self {
        let settings = |definitions: &str| {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path =
                    definitions.trim_start_matches('#').trim_end_matches('/').to_owned().into();
                settings.meta_schema = None;
            })
        };
        Self {
            paths: Map::new(),
            bodies: settings(SCHEMAS).for_deserialize().into_generator(),
            answers: settings(ANSWERS).for_serialize().into_generator(),
        }
    }

    pub(crate) fn add<Body: JsonSchema, Answer: JsonSchema, Query: JsonSchema>(
        &mut self,
        operation: &Operation<Body, Answer, Query>,
        about: About,
    ) {
        let mut parameters: Vec<_> = names(operation.path()).map(path_parameter).collect();
        parameters.extend(query_parameters(Query::json_schema(&mut self.bodies)));
        let body = self.bodies.subschema_for::<Body>();
        let mut refusals: BTreeSet<_> = ALWAYS.iter().chain(about.refusals).collect();
        refusals.extend(VALUES.iter().filter(|_| !parameters.is_empty()));
        refusals.extend(BODY.iter().filter(|_| is_something(&body)));
        let mut responses = Map::new();
        responses.insert(
            about.status.to_string(),
            answer(self.answers.subschema_for::<Answer>(), "application/json", about.answer),
        );
        for status in refusals {
            responses.insert(status.to_string(), json!({ "$ref": "#/components/responses/Problem" }));
        }
        let mut described = json!({
            "operationId": camel_case(about.constant),
            "summary": about.summary,
            "responses": responses,
        });
        if about.summary.starts_with("Deprecated") {
            described["deprecated"] = true.into();
        }
        if !parameters.is_empty() {
            described["parameters"] = json!(parameters);
        }
        if is_something(&body) {
            let content = json!({ "application/json": { "schema": body } });
            described["requestBody"] = json!({ "required": true, "content": content });
        }
        let path = self.paths.entry(operation.path()).or_insert_with(|| json!({}));
        path[operation.method().as_str().to_ascii_lowercase()] = described;
    }

    fn finish(mut self) -> Value {
        let what = "What failed, why, and what to do next (RFC 9457).";
        let problem = answer(self.answers.subschema_for::<Problem>(), "application/problem+json", what);
        let mut schemas = self.bodies.take_definitions(true);
        let answers = self.answers.take_definitions(true);
        // A member that a body may leave out is always there in an answer, so that a type may have two schemas.
        let differs =
            |name: &str| schemas.get(name).is_some_and(|body| *body != moved(&answers[name], &str::to_owned));
        let differing: BTreeSet<_> = answers.keys().filter(|name| differs(name)).cloned().collect();
        let name =
            |name: &str| if differing.contains(name) { format!("{name}Answer") } else { name.to_owned() };
        schemas.extend(answers.iter().map(|(own, schema)| (name(own), moved(schema, &name))));
        simplified(json!({
            "openapi": "3.1.0",
            "info": {
                "title": "helseid-authority, admin API",
                "version": "1",
                "description": "The registry, the trace and the operation of a local HelseID. Only for the holder of the admin \
                    token, from the issuer's own origin and under the issuer's own host name.",
            },
            "servers": [{ "url": "/" }],
            "security": [{ "adminToken": [] }],
            "paths": moved(&Value::Object(self.paths), &name),
            "components": {
                "securitySchemes": { "adminToken": {
                    "type": "http", "scheme": "bearer",
                    "description": "The token of `admin.json` in the authority's data folder.",
                } },
                "responses": { "Problem": moved(&problem, &name) },
                "schemas": schemas,
            },
        }))
    }
}

/// The names in braces.
fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

fn path_parameter(name: &str) -> Value {
    let known = PATH_PARAMETERS.iter().find(|(known, _)| *known == name);
    let (_, description) = known.unwrap_or_else(|| panic!("no description of the path parameter {name}"));
    let schema = json!({ "type": "string", "minLength": 1 });
    json!({ "name": name, "in": "path", "required": true, "description": description, "schema": schema })
}

fn query_parameters(query: Schema) -> Vec<Value> {
    let members = query.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let parameter = |(name, mut schema): (String, Value)| {
        let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        let schema = for_parameter(schema);
        json!({ "name": name, "in": "query", "required": false, "description": description, "schema": schema })
    };
    members.into_iter().map(parameter).collect()
}

fn is_something(schema: &Schema) -> bool {
    schema.get("type") != Some(&json!("null"))
}

fn answer(schema: Schema, usual: &str, description: &str) -> Value {
    if !is_something(&schema) {
        return json!({ "description": description });
    }
    let media = schema.get("contentMediaType").and_then(Value::as_str).unwrap_or(usual).to_owned();
    let content = Map::from_iter([(media, json!({ "schema": schema }))]);
    json!({ "description": description, "content": content })
}

/// `LIST_CLIENTS` as `listClients`.
fn camel_case(constant: &str) -> String {
    let mut words = constant.split('_').map(str::to_ascii_lowercase);
    let first = words.next().unwrap_or_default();
    let capital = |word: String| word[..1].to_ascii_uppercase() + &word[1..];
    first + &words.map(capital).collect::<String>()
}

/// The document as the table and the types have it.
fn made() -> Value {
    let mut document = Document::new();
    operation::describe(&mut document);
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
    assert_eq!(written, made, "HELSEID_WRITE_DOCS=1 cargo test -p helseid-admin-api writes it");
}

#[test]
fn no_reference_of_the_document_leads_nowhere_and_every_schema_is_used() {
    let made = made();
    let (mut used, mut open) = (BTreeSet::new(), vec![&made]);
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(to)) = members.get("$ref") {
                    assert!(made.pointer(&to[1..]).is_some(), "{to}");
                    used.extend(to.strip_prefix(SCHEMAS).map(str::to_owned));
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

#[test]
fn no_two_operations_have_one_id() {
    let made = made();
    let paths = made["paths"].as_object().unwrap().values();
    let ids: Vec<_> =
        paths.flat_map(|path| path.as_object().unwrap().values()).map(|it| &it["operationId"]).collect();
    let different: BTreeSet<_> = ids.iter().map(|id| id.as_str().unwrap()).collect();
    assert_eq!(different.len(), ids.len());
}
