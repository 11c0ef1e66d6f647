//! The table of the operations. It is written once, and both the constants and the OpenAPI document are made from it.

use http::Method;

use super::{OpenApiDocument, Operation, TraceEvents};
use crate::{
    AccessKeyEntry, ApiResource, AuditEntry, AuditQuery, BrokenEntry, ClientChange, ClientFaults,
    ClientRegistration, ClientsQuery, ConformanceReport, Delegation, Listed, LiveTraceQuery, LoginTokens,
    LoginsToEnd, MadeAccessKey, NewAccessKey, NewConformance, NewKey, OrganisationEntry, Page, PersonEntry,
    PersonSignIn, RegisteredClient, Rotation, SignInLink, SigningKeyEntry, TraceDetails, TraceDetailsQuery,
    TraceEntry, TraceQuery,
};

/// The operation refuses nothing but what every operation of its form refuses.
#[cfg(test)]
const NONE: &[u16] = &[];

/// What a change of the registry may be refused with, besides that.
#[cfg(test)]
const CHANGE: &[u16] = &[404, 409, 503, 507];

/// The removal of an entry that no seed file manages.
#[cfg(test)]
const REMOVAL: &[u16] = &[404, 503, 507];

/// Each line: name, method, path, (query, body), status and content of the answer, what it is, and the statuses of its refusals besides
/// those that follow from the form of the operation.
macro_rules! operations {
    ($($(#[doc = $summary:literal])+ $name:ident: $method:ident $path:literal ($query:ty, $body:ty)
        -> $status:literal $answer:ty, $what:literal, $refusals:expr;)+) => {
        $(
            $(#[doc = $summary])+
            pub const $name: Operation<$body, $answer, $query> = Operation::new(Method::$method, $path);
        )+

        /// Describes every operation, in the order of the table.
        #[cfg(test)]
        pub(crate) fn describe(document: &mut crate::openapi::Document) {
            $(document.add(
                &$name,
                crate::openapi::About {
                    constant: stringify!($name),
                    summary: concat!($($summary),+).trim(),
                    status: $status,
                    answer: $what,
                    refusals: $refusals,
                },
            );)+
        }
    };
}

operations! {
    /// Lists the clients by id, in pages.
    LIST_CLIENTS: GET "/admin/api/clients" (ClientsQuery, ()) -> 200 Page<RegisteredClient>, "A page of clients.", NONE;
    /// Registers a client.
    REGISTER_CLIENT: POST "/admin/api/clients" ((), ClientRegistration) -> 201 RegisteredClient, "The client.", CHANGE;
    /// Shows a client.
    SHOW_CLIENT: GET "/admin/api/clients/{client_id}" ((), ()) -> 200 RegisteredClient, "The client.", &[404, 409];
    /// Registers a client with this id, or replaces all of it.
    PUT_CLIENT: PUT "/admin/api/clients/{client_id}" ((), ClientRegistration) -> 200 RegisteredClient, "The client.", CHANGE;
    /// Changes the members that are given, and leaves the rest as it is.
    CHANGE_CLIENT: PATCH "/admin/api/clients/{client_id}" ((), ClientChange) -> 200 RegisteredClient, "The client.", CHANGE;
    /// Removes a client and its keys.
    REMOVE_CLIENT: DELETE "/admin/api/clients/{client_id}" ((), ()) -> 204 (), "The client is removed.", CHANGE;
    /// Adds a key to a client.
    ADD_KEY: POST "/admin/api/clients/{client_id}/keys" ((), NewKey) -> 200 RegisteredClient, "The client.", CHANGE;
    /// Removes a key of a client.
    REMOVE_KEY: DELETE "/admin/api/clients/{client_id}/keys/{key}" ((), ()) -> 200 RegisteredClient, "The client.", CHANGE;
    /// Lists the API resources.
    LIST_APIS: GET "/admin/api/apis" ((), ()) -> 200 Vec<Listed<ApiResource>>, "Every API resource.", NONE;
    /// Adds an API resource, or changes the one with this audience.
    PUT_API: POST "/admin/api/apis" ((), ApiResource) -> 204 (), "The API resource is registered.", CHANGE;
    /// Removes an API resource.
    REMOVE_API: DELETE "/admin/api/apis/{audience}" ((), ()) -> 204 (), "The API resource is removed.", CHANGE;
    /// Lists the organisations.
    LIST_ORGANISATIONS: GET "/admin/api/organisations" ((), ()) -> 200 Vec<Listed<OrganisationEntry>>, "Every organisation.", NONE;
    /// Adds an organisation, or changes the one with this number.
    PUT_ORGANISATION: POST "/admin/api/organisations" ((), OrganisationEntry) -> 204 (), "The organisation is registered.", CHANGE;
    /// Removes an organisation.
    REMOVE_ORGANISATION: DELETE "/admin/api/organisations/{number}" ((), ()) -> 204 (), "The organisation is removed.", CHANGE;
    /// Lists which organisations have delegated to which suppliers.
    LIST_DELEGATIONS: GET "/admin/api/delegations" ((), ()) -> 200 Vec<Listed<Delegation>>, "Every delegation.", NONE;
    /// Lets a supplier act for an organisation.
    PUT_DELEGATION: POST "/admin/api/delegations" ((), Delegation) -> 204 (), "The delegation is registered.", CHANGE;
    /// Revokes a delegation.
    REMOVE_DELEGATION: DELETE "/admin/api/delegations" ((), Delegation) -> 204 (), "The delegation is revoked.", CHANGE;
    /// Lists the synthetic persons who can log in.
    LIST_PERSONS: GET "/admin/api/persons" ((), ()) -> 200 Vec<Listed<PersonEntry>>, "Every person.", NONE;
    /// Adds a synthetic person, or changes the one with this short name.
    PUT_PERSON: POST "/admin/api/persons" ((), PersonEntry) -> 204 (), "The person is registered.", CHANGE;
    /// Removes a person.
    REMOVE_PERSON: DELETE "/admin/api/persons/{short_name}" ((), ()) -> 204 (), "The person is removed.", CHANGE;
    /// Logs a person in at a client without a browser, as by `test_pid` in a pushed request, and answers as the token endpoint does.
    SIGN_IN: POST "/admin/api/sign-in" ((), PersonSignIn) -> 200 LoginTokens, "The tokens.", &[409, 503];
    /// Ends a session, all sessions of a person, or the refresh tokens of a client.
    END_LOGINS: POST "/admin/api/logins/end" ((), LoginsToEnd) -> 204 (), "They have ended.", &[404, 409, 503];
    /// Lists the entries that cannot be read, and why.
    LIST_BROKEN: GET "/admin/api/broken" ((), ()) -> 200 Vec<BrokenEntry>, "Every entry that cannot be read.", NONE;
    /// Removes an entry that cannot be read. An entry that is registered again as a whole need not be removed first.
    REMOVE_BROKEN: DELETE "/admin/api/broken" ((), BrokenEntry) -> 204 (), "The entry is removed.", REMOVAL;
    /// Lists the access keys for the stand-ins for NHN's services, without the keys themselves.
    LIST_ACCESS_KEYS: GET "/admin/api/access-keys" ((), ()) -> 200 Vec<AccessKeyEntry>, "Every access key.", NONE;
    /// Makes an access key and shows it, this once.
    MAKE_ACCESS_KEY: POST "/admin/api/access-keys" ((), NewAccessKey) -> 201 MadeAccessKey, "The access key.", &[409, 503, 507];
    /// Removes an access key.
    REMOVE_ACCESS_KEY: DELETE "/admin/api/access-keys/{access_key}" ((), ()) -> 204 (), "The access key is removed.", REMOVAL;
    /// Lists the changes of the registry, the newest first, in pages.
    AUDIT: GET "/admin/api/audit" (AuditQuery, ()) -> 200 Page<AuditEntry>, "A page of changes.", &[503];
    /// Lists the signing keys, without their private halves.
    SIGNING_KEYS: GET "/admin/api/signing-keys" ((), ()) -> 200 Vec<SigningKeyEntry>, "Every signing key.", NONE;
    /// Makes a new signing key, which is published now and signs after `lead_seconds`.
    ROTATE_KEYS: POST "/admin/api/signing-keys" ((), Rotation) -> 200 Vec<SigningKeyEntry>, "Every signing key.", &[503, 507];
    /// Lists requests to the token endpoint, the newest first, in pages.
    TRACE: GET "/admin/api/trace" (TraceQuery, ()) -> 200 Page<TraceEntry>, "A page of requests.", NONE;
    /// Sends requests to the token endpoint as they come, as server-sent events; the data of each is an entry of the list.
    TRACE_LIVE: GET "/admin/api/trace/live" (LiveTraceQuery, ()) -> 200 TraceEvents, "A stream without end.", NONE;
    /// Shows a request to the token endpoint, with the outcome of every rule.
    TRACE_ONE: GET "/admin/api/trace/{request}" (TraceDetailsQuery, ()) -> 200 TraceDetails, "The request.", &[404];
    /// Shows the faults that a client meets.
    SHOW_FAULTS: GET "/admin/api/faults/{client_id}" ((), ()) -> 200 ClientFaults, "The faults.", &[404, 409];
    /// Sets the faults that a client meets from now on.
    PUT_FAULTS: PUT "/admin/api/faults/{client_id}" ((), ClientFaults) -> 204 (), "The faults are set.", &[404, 409];
    /// Ends the faults of a client.
    REMOVE_FAULTS: DELETE "/admin/api/faults/{client_id}" ((), ()) -> 204 (), "There are no faults.", &[404, 409];
    /// Deprecated: the former path of `showFaults`, which will be removed in the next release.
    SHOW_SCENARIO: GET "/admin/api/scenarios/{client_id}" ((), ()) -> 200 ClientFaults, "The faults.", &[404, 409];
    /// Deprecated: the former path of `putFaults`, which will be removed in the next release.
    PUT_SCENARIO: PUT "/admin/api/scenarios/{client_id}" ((), ClientFaults) -> 204 (), "The faults are set.", &[404, 409];
    /// Deprecated: the former path of `removeFaults`, which will be removed in the next release.
    REMOVE_SCENARIO: DELETE "/admin/api/scenarios/{client_id}" ((), ()) -> 204 (), "There are no faults.", &[404, 409];
    /// Makes a link that opens the admin pages once, within ten minutes.
    MAKE_SIGN_IN_LINK: POST "/admin/api/sign-in-links" ((), ()) -> 200 SignInLink, "The link, and when it expires.", &[404, 503];
    /// Lists the conformance sessions with their reports, the newest first.
    LIST_CONFORMANCE: GET "/admin/api/conformance" ((), ()) -> 200 Vec<ConformanceReport>, "The report of every session.", NONE;
    /// Opens a conformance session: an issuer of its own, which records each breach and goes on.
    OPEN_CONFORMANCE: POST "/admin/api/conformance" ((), NewConformance) -> 201 ConformanceReport, "The session's report.", NONE;
    /// Shows the report of a conformance session.
    SHOW_CONFORMANCE: GET "/admin/api/conformance/{session}" ((), ()) -> 200 ConformanceReport, "The session's report.", &[404];
    /// Ends a conformance session.
    END_CONFORMANCE: DELETE "/admin/api/conformance/{session}" ((), ()) -> 204 (), "The session has ended.", &[404];
    /// Shows this document.
    OPENAPI: GET "/admin/api/openapi.json" ((), ()) -> 200 OpenApiDocument, "This document.", NONE;
}
