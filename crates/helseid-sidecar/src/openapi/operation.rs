//! What is told of one operation.

use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::Document;

/// Where responses are in the document.
const RESPONSES: &str = "#/components/responses/";

/// The methods of an operation that takes any.
pub(super) const ANY: [&str; 7] = ["get", "head", "post", "put", "patch", "delete", "options"];

/// An operation, until it is [`done`](Self::done).
pub(crate) struct Operation<'a> {
    document: &'a mut Document,
    methods: &'a [&'static str],
    path: String,
    id: String,
    told: Value,
}

impl<'a> Operation<'a> {
    /// `route` is a method, or `ANY`, and a path as the router has it.
    pub(super) fn new(document: &'a mut Document, route: &'static str, id: &str, summary: &str) -> Self {
        let (method, path) = route.split_once(' ').unwrap();
        let methods = match method {
            "ANY" => &ANY[..],
            "GET" => &ANY[..1],
            "POST" => &ANY[2..3],
            other => panic!("{other}"),
        };
        let told = json!({ "summary": summary, "parameters": [], "responses": {} });
        Self { document, methods, path: templated(path), id: id.to_owned(), told }
    }

    /// A value in the path.
    pub(crate) fn path(mut self, name: &str, what: &str) -> Self {
        assert!(self.path.contains(&format!("{{{name}}}")), "{name} is not in {}", self.path);
        self.parameter(name, "path", what);
        self
    }

    /// A header that may be sent.
    pub(crate) fn header(mut self, name: &str, what: &str) -> Self {
        self.parameter(name, "header", what);
        self
    }

    fn parameter(&mut self, name: &str, place: &str, what: &str) {
        let parameter = json!({
            "name": name, "in": place, "required": place == "path", "description": what, "schema": { "type": "string" },
        });
        self.told["parameters"].as_array_mut().unwrap().push(parameter);
    }

    /// A body of JSON.
    pub(crate) fn json<T: JsonSchema>(self) -> Self {
        let schema = self.document.body::<T>();
        self.body(&json!({ "application/json": { "schema": schema } }))
    }

    /// A form.
    pub(crate) fn form<T: JsonSchema>(self) -> Self {
        let schema = self.document.body::<T>();
        self.body(&json!({ "application/x-www-form-urlencoded": { "schema": schema } }))
    }

    /// A body of JSON, or a form in which the members of `in_json` are JSON.
    pub(crate) fn json_or_form<T: JsonSchema>(self, in_json: &[&str]) -> Self {
        let schema = self.document.body::<T>();
        let mut form = json!({ "schema": schema });
        for name in in_json {
            form["encoding"][*name] = json!({ "contentType": "application/json" });
        }
        self.body(
            &json!({ "application/json": { "schema": schema }, "application/x-www-form-urlencoded": form }),
        )
    }

    fn body(mut self, content: &Value) -> Self {
        self.told["requestBody"] = json!({ "required": true, "content": content });
        self.refused(&[400, 408, 413])
    }

    /// An answer of JSON.
    pub(crate) fn answered<T: JsonSchema>(mut self, statuses: &[u16], what: &str) -> Self {
        let schema = self.document.answer::<T>();
        for status in statuses {
            self.told["responses"][status.to_string()] =
                json!({ "description": what, "content": { "application/json": { "schema": schema } } });
        }
        self
    }

    /// An answer without a body, or with one of another type, and with these headers.
    pub(crate) fn answered_with(
        mut self,
        status: &str,
        what: &str,
        (media, headers): (&str, &[&str]),
    ) -> Self {
        let mut told = json!({ "description": what });
        if !media.is_empty() {
            told["content"] = json!({ media: {} });
        }
        let text = json!({ "schema": { "type": "string" } });
        let headers = headers.iter().map(|name| ((*name).to_owned(), text.clone())).collect::<Map<_, _>>();
        if !headers.is_empty() {
            told["headers"] = headers.into();
        }
        self.told["responses"][status] = told;
        self
    }

    /// Refusals of the sidecar's own.
    pub(crate) fn refused(mut self, statuses: &[u16]) -> Self {
        for status in statuses {
            self.refusal(&status.to_string());
        }
        self
    }

    /// What an operation may say that asks the authority: its words and status, or that it is away.
    pub(crate) fn asks_the_authority(mut self) -> Self {
        self.refusal("default");
        self.refused(&[500, 502, 503])
    }

    fn refusal(&mut self, status: &str) {
        let known = &mut self.told["responses"][status];
        if known.is_null() {
            *known = json!({ "$ref": format!("{RESPONSES}Refusal") });
        }
    }

    /// Anybody may ask.
    pub(crate) fn open(self) -> Self {
        self.security(&json!([]))
    }

    /// With a key or over the socket, and where there is no key with nothing: by the contract of others.
    pub(crate) fn of_others(self) -> Self {
        self.security(&json!([{ "key": [] }, {}])).guarded()
    }

    /// The same of a proxy, whose wrong key or missing right is told as 500: no caller of the API is to blame.
    pub(crate) fn for_a_proxy(self) -> Self {
        self.security(&json!([{ "key": [] }, {}])).refused(&[500])
    }

    /// With a key as the secret of the client, there or in the form.
    pub(crate) fn with_secret(self) -> Self {
        self.security(&json!([{ "secret": [] }, {}])).refused(&[401, 403, 429])
    }

    /// By a caller that has the right.
    pub(crate) fn guarded(self) -> Self {
        self.refused(&[401, 403])
    }

    fn security(mut self, requirement: &Value) -> Self {
        self.told["security"] = requirement.clone();
        self
    }

    /// Puts it into the document.
    pub(crate) fn done(self) {
        let Self { document, methods, path, id, mut told } = self;
        let named = told["parameters"].as_array().unwrap().iter().filter(|one| one["in"] == "path").count();
        assert_eq!(named, path.matches('{').count(), "{path}: each value of the path is described");
        let item = document.paths.entry(path).or_insert_with(|| json!({}));
        // Those of the path, whatever the method.
        let parameters = told.as_object_mut().unwrap().remove("parameters").unwrap();
        if parameters != json!([]) {
            item["parameters"] = parameters;
        }
        let is_any = methods.len() > 1;
        if is_any {
            for (status, response) in told["responses"].as_object_mut().unwrap() {
                if response.get("$ref").is_none() {
                    let name = format!("{id}-{status}");
                    let told = std::mem::replace(response, json!({ "$ref": format!("{RESPONSES}{name}") }));
                    document.responses.insert(name, told);
                }
            }
        }
        for method in methods {
            let suffix = if is_any { method[..1].to_ascii_uppercase() + &method[1..] } else { String::new() };
            told["operationId"] = format!("{id}{suffix}").into();
            let twice = item.as_object_mut().unwrap().insert((*method).to_owned(), told.clone());
            assert!(twice.is_none());
        }
    }
}

/// A path of the router as OpenAPI has it: there, a value may not be marked as one with slashes.
pub(super) fn templated(path: &str) -> String {
    path.replace("{*", "{")
}
