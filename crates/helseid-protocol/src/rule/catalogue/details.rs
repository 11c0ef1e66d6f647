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
            DetailsForm "details.form" [Token|Par|Authorize] InvalidRequest
                "Structured claims must be one object or an array of objects, each with the members of its type."
                "The structured claims cannot be read"
                "HelseID: organisation numbers, error HID-1007"
                "Build them with helseid_protocol::details, or as the guide shows.";
            DetailsType "details.type" [Token|Par|Authorize] InvalidAuthorizationDetails
                "The type of each structured claim must be one that this authority knows."
                "The type of a structured claim is not known here"
                "RFC 9396 section 5; HelseID: organisation numbers, error HID-1007"
                "Send the types helseid_authorization, nhn:sfm:journal-id and nhn:tillitsrammeverk:parameters, and spell them so.";
            DetailsSigned "details.signed" [Par|Authorize] InvalidRequest
                "The structured claims of an authorization request must be in its request object."
                "The structured claims of the authorization request are not signed"
                "HelseID: organisation numbers; profile for the trust framework"
                "Put authorization_details into a request object, or assertion_details into the assertion of the token request.";
            DetailsNumber "details.number" [Token|Par|Authorize] InvalidRequest
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
                "Send only the child, or register the client as multi-tenant.";
            DetailsChildEnabled "details.child_enabled" [Token] InvalidRequest
                "A client that sends only the number of a child must be single-tenant and have registered children."
                "The client may not name only a child"
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
            DetailsAttestation "details.attestation" [Token|Par|Authorize] InvalidAuthorizationDetails
                "An attestation must have legal_entity and point_of_care of the practitioner, and healthcare_service and purpose_of_use of the care relationship, each of HelseID's form; other members are left out of the token."
                "The attestation cannot be read"
                "HelseID: profile for the trust framework"
                "Build it with Attestation::new, or as the guide shows.";
            DetailsAttestationCodes "details.attestation_codes" [Token|Par|Authorize] InvalidAuthorizationDetails
                "Codes and numbers in an attestation must come from the code systems and registers that HelseID accepts, in the form that those define."
                "A code or a number in the attestation does not belong to its system"
                "Trust framework: validation of attributes; information and data model"
                "Send the system of each code and number as the guide has it, and nine digits for an organisation.";
            DetailsAttestationDecision "details.attestation_decision" [Token|Par|Authorize] InvalidAuthorizationDetails
                "The id of an attestation's decision_ref must have 1 to 64 letters, digits, underscores, hyphens and dots."
                "The reference to a decision has the wrong form"
                "Trust framework: validation of attributes"
                "Send an id of your own for the decision, such as a UUID, and no description.";
            DetailsAttestationPatients "details.attestation_patients" [Token|Par|Authorize] InvalidAuthorizationDetails
                "About a patient, an attestation may contain only the point_of_care and the department, not who the patient is."
                "The attestation says more of a patient than where it is treated"
                "Trust framework: minutes of 5 March and 2 April 2024"
                "Leave identifier and all other members out of patients; the request tells the API which patient it is about.";
            DetailsAttestationPerson "details.attestation_person" [Token] InvalidAuthorizationDetails
                "An attestation must be about the person who is logged in: it is sent with the code or the refresh token of a login, and names nobody else."
                "The attestation is not about a person who is logged in"
                "HelseID: profile for the trust framework"
                "Send it with the code or the refresh token of the login, and leave identifier and hpr_nr to the authority.";
            DetailsAttestationAuthorization "details.attestation_authorization" [AuthorizationCode|RefreshToken] InvalidAuthorizationDetails
                "The authorization of an attestation must be one that HPR has for the person who is logged in."
                "The person does not have the authorization of the attestation"
                "Trust framework: validation of attributes"
                "Send an authorization that the person has, none for a person without, or register it with helseid person add.";
        }
    ] $($next)* } };
}
