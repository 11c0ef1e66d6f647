//! The assertion's structured claims.

macro_rules! details {
    ([$($before:tt)*] $($next:ident)*) => { each_family! { [$($before)*
        /// The assertion's structured claims.
        Details "details" {
            DetailsName "details.name" [Token] InvalidRequest
                "Structured claims must be in assertion_details or in authorization_details, not in both."
                "Structured claims are sent under two names"
                "HelseID: SFM id for multi-tenant clients"
                "Send only assertion_details.";
            DetailsForm "details.form" [Token] InvalidRequest
                "Structured claims must be one object or an array of objects, each with the members of its type."
                "The structured claims cannot be read"
                "HelseID: organisation numbers, error HID-1007"
                "Build them with helseid_protocol::details, or as the guide shows.";
            DetailsNumber "details.number" [Token] InvalidRequest
                "An organisation number must have nine digits."
                "An organisation number is invalid"
                "HelseID: organisation numbers, error HID-1004"
                "Send nine digits; for a parent, NO:ORGNR:parent:child or NO:ORGNR:parent:.";
            DetailsSupported "details.supported" [Token] InvalidRequest
                "A client that sends organisation numbers must be set up as single-tenant or multi-tenant."
                "The client has no tenancy"
                "HelseID: organisation numbers, error HID-1010"
                "Register the client with its tenancy, with helseid client register --tenancy.";
            DetailsParentEnabled "details.parent_enabled" [Token] InvalidRequest
                "A client that sends the number of a parent must be multi-tenant."
                "The client may not name a parent"
                "HelseID: organisation numbers, error HID-1005"
                "Send the child alone, or register the client as multi-tenant.";
            DetailsChildEnabled "details.child_enabled" [Token] InvalidRequest
                "A client that sends the number of a child alone must be single-tenant and have registered children."
                "The client may not name a child alone"
                "HelseID: organisation numbers, error HID-1006"
                "Register the child with helseid client register --org-child, or send NO:ORGNR:parent:child.";
            DetailsParentAllowed "details.parent_allowed" [Token] InvalidRequest
                "The parent must have delegated to the organisation that owns the client."
                "The client may not act for this parent"
                "HelseID: organisation numbers, error HID-1001"
                "Add the delegation with helseid org delegate; in production the parent delegates in Altinn.";
            DetailsChildAllowed "details.child_allowed" [Token] InvalidRequest
                "The child must be one that the client has registered."
                "The client may not act for this child"
                "HelseID: organisation numbers, error HID-1002"
                "Register the child with helseid client register --org-child.";
            DetailsChildOfParent "details.child_of_parent" [Token] InvalidRequest
                "A parent that lists its children must list the child."
                "The child does not belong to this parent"
                "HelseID: organisation numbers, error HID-1003"
                "Send a child that the parent lists, or add it with helseid org add.";
        }
    ] $($next)* } };
}
