//! Keys whose private half anyone can read: examples of RFCs, of debuggers and of samples, by the thumbprint of the key.

use crate::id::Thumbprint;

/// Where the private half of the key of this thumbprint is published, as far as that is known here.
pub(in crate::jose) fn by_thumbprint(thumbprint: &Thumbprint) -> Option<&'static str> {
    let place = PUBLISHED.binary_search_by_key(&thumbprint.as_str(), |(known, _)| known).ok()?;
    PUBLISHED.get(place).map(|(_, source)| *source)
}

/// The thumbprint (RFC 7638) of each key and where its private half stands, in the order of the thumbprints.
const PUBLISHED: &[(&str, &str)] = &[
    ("-MmyEMMEG77DIwtUPf3HjPCXq6Otk6j7nl8cR-mJ92w", "NorskHelsenett/HelseID.Library, ConfigurationTests.cs"),
    (
        "0LgGbJ-311C5B9j70hYlj3jle-glq2BH0R8AHfZ_s4M",
        "NorskHelsenett/HelseID.Samples, HelseId.RefreshTokenDemo/jwk.json",
    ),
    (
        "0wqpfYLyc0XxLvIM4ZLQyQq4axcLazDncvsd7h1imwU",
        "NorskHelsenett/HelseID.Samples, HelseId.Samples.ClientCredentialsWithUnderenhet/Program.cs",
    ),
    (
        "1N2rxMnuKm0YB1fFnfNA_TjCMzmHYC4WBgN769Ld8dw",
        "NorskHelsenett/HelseID.Samples, HelseId.Samples.ClientInfo/Program.cs",
    ),
    (
        "1c9L5U58QBco9V77y0Bz6DoQ3w0LqeGyC2vEdDx40Ng",
        "NorskHelsenett/HelseID.Samples, appsettings.Development.json",
    ),
    ("2cSVGwKE5DyloEJku2a2pG4G6rdznu8puJ4CQ1ErYFM", "jwt.io, the examples of its debugger"),
    (
        "35zoMOkY6vaRi6aeSaRYZF3T_VhroCEIWKijRhrw2iE",
        "NorskHelsenett/HelseID.Samples, SimpleResourceIndicatorsDemo/Program.cs",
    ),
    (
        "6GWqkGmdNLOIaWz_kdn8JLUQ35EkDPa09x2AZLwWyus",
        "NorskHelsenett/HelseID.Samples, Configuration/ConfigurationValues.cs",
    ),
    ("6I_bT7E9ow-7T0s3jwDFjaMVMRDJoVDNg2wTqVq1npY", "jwt.io, the examples of its debugger"),
    ("8izOqBCj1XBwWw0-iTcMv27pUKWwFvNmw-kutyfzf-g", "RFC 7520 section 6"),
    ("9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI", "RFC 7520 section 3.4"),
    (
        "Beyf5ZkTRt8mJM2RNr60TQ1IHFvtTKdc16JS6aKs2aI",
        "NorskHelsenett/HelseID.Samples, SimpleResourceIndicatorsDemo/Program.cs",
    ),
    ("BmZIAYyZOEbILuYOZjmIIINSqofJhIlCx8giSE3IF0s", "jwt.io, the examples of its debugger"),
    ("D8R4-FeTJfzuDUy8bZ0c4hcwpul-Q11gCPs3mw6-R9Q", "RFC 7517 appendix C.1"),
    ("Eil9TJSCLEa9lfIt5LSkA_V-RVhx50v84Wdf0J_spkM", "NorskHelsenett/HelseID.Samples, appsettings.json"),
    (
        "Ga_IHbJeGaIRtAvBc7l2ItrvRC-noDJQmezMg5K-h1Y",
        "NorskHelsenett/HelseID.Samples, HelseId.Samples.ClientCredentials.Jwk/Program.cs",
    ),
    ("HsSFalww3yP-dO-lWGYgFcyV5H22oScIFc4V2Y6GOto", "RFC 7520 section 5.5"),
    (
        "IrXvozZszP-cAg-3DK2Iy34Jsucz0osY_GjSU6iBGm8",
        "haakonjacobsen/helseid-samples-python, m2m-app/config.py",
    ),
    ("IsUn6_e04MaShXFIISMp4kG62LWzMIPy_MvSA5pJgX8", "RFC 7515 appendix A.2"),
    ("JrCb65aj6xQpSN3sqwoUVesHLyHEcz3kpy-Z9QZzl2E", "NorskHelsenett/HelseID.Samples, rsa_xml_private.xml"),
    ("LJjagdyyRG-oj3bYLEf3kOt7im5ChDHe05DdiHUtqAA", "ks-no/fiks-helseid-client, resources/jwk.json"),
    ("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", "RFC 7517 appendix A.2"),
    ("Rt-IyDEhXohvTl_ozKQ9YGflXGuDb3uu3QmqN2LoMwM", "RFC 7520 section 6"),
    (
        "SHm6ZKo-bIbJ-YipLUF42qEVF5jc8dl63v5k8alOrgA",
        "NorskHelsenett/HelseID.Samples, Configuration/ConfigurationValues.cs",
    ),
    ("UR2fs_YS37is5w-fhMGH2Mgi0e6voirdqmEmhOO2UWo", "jwt.io, the examples of its debugger"),
    (
        "VCce60RMFXTfLO-NPJgEgnNT0QeWALUGQUmT9kg1x_o",
        "NorskHelsenett/HelseID.Library, HelseIdClientCredentialsFlowTests.cs",
    ),
    (
        "VEfSAJGl6Y2Wo5ds9i8IM1B-E0fEmgBgZFp0wSvCqao",
        "NorskHelsenett/HelseID.Samples, PersontjenestenApiClient.java",
    ),
    ("Vz-D13FcQqoC_feqOl6kT5HJOxFdXDYiUh7pot-Zm_M", "jwt.io, the examples of its debugger"),
    ("WnOO0Q8kgjCaAHwF7O4lYZiZ7LFAZgdXd3L3XUh2hE4", "NorskHelsenett/HelseID.Library, ConfigurationTests.cs"),
    (
        "YgyfZc8enu69BfGl3IoPadshHmqFW4WMtUW6sUXAQZM",
        "NorskHelsenett/HelseID.Library, ServiceCollectionIntegrationTests.cs",
    ),
    (
        "YjHZvd1pdqOwW6mLa6fvCwvA0YcVR0bxpQwwnxcgVUw",
        "NorskHelsenett/HelseID.Samples, TokenExchange.ClientCredentials/jwk.json",
    ),
    (
        "YjJH0uP21VFJUopR2j-cpN_z016MkM4VApQlyZTUcOI",
        "NorskHelsenett/HelseID.Samples, Configuration/ConfigurationValues.cs",
    ),
    ("YlKlB7M2wnS0cPn_V7OW-FuDLuWdJ9z4OvPHmhGDfeE", "RFC 7520 section 5.13"),
    (
        "Z_K-s0ghahZ1xTMxqNOCoGFWcj0RzRG-BKlIywGYGDE",
        "NorskHelsenett/HelseID.Samples, Configuration/ConfigurationValues.cs",
    ),
    ("_K0fXS8wlsT7Tn3vvZrs9qdKUIqi5AxQ5EVk41xi_BM", "RFC 7516 appendix A.2"),
    (
        "_VHoAhjNaBgD36aMlcZRSUZQ6oTnGjZgaVsMH_8u8Oc",
        "NorskHelsenett/HelseID.Library, SigningTokenCreatorMock.cs",
    ),
    (
        "aoezvIe32RdFpTP4FIxwBYb6VGX0dp3ecvoVjFkdXQk",
        "NorskHelsenett/HelseID.Samples, ClientCredentials/ConfigurationValues.cs",
    ),
    ("bR_UkrAniReSrnf-nwjAPloJtDCwjBtyvYUQdFQ6A7M", "jwt.io, the examples of its debugger"),
    ("cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s", "RFC 7517 appendix A.2"),
    ("dHri3SADZkrush5HU_50AoRhcKFryN-PI6jPBtPL55M", "RFC 7520 section 3.2"),
    ("fDwkCFle-nAFkusiSpwpmt1626GQckt0P__vSXhprpw", "jwt.io, the examples of its debugger"),
    ("fLE2JPRzBQ4mCwnR2S4BgeB4y0LsyAawL4JUCv7gZNM", "jwt.io, the examples of its debugger"),
    (
        "fumDvzq49GP4xOxmD_E3MLhpbgM57HYGYX9BObra-3k",
        "NorskHelsenett/HelseID.Library, ClientCredentialsExample.java",
    ),
    (
        "gn5Vq3dOXofKJyq7Ltj2TLnUz_gKeTXH1CnsLBImaoU",
        "NorskHelsenett/HelseID.Samples, ClientAuthentication/index.js",
    ),
    ("h_jutvC-jg3Nwueq8LmdSybXykVsBwk4_5u5Y9JiS7E", "RFC 7520 section 5.1"),
    ("j8vTW8NtnG7ekyftpHGNIY7RmgVtYsSRco16peXPG8M", "jwt.io, the examples of its debugger"),
    ("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "RFC 8037 appendix A.1"),
    (
        "mMmZ3eeBDo7anwsKq8A5BPcDAjreITRU26khyyIAlq0",
        "NorskHelsenett/HelseID.Samples, HelseId.APIAccess/jwk.json",
    ),
    ("mTVa39KNK8LI9ZgAkyqQOQayaqVO7DXurapqkzEbfMg", "RFC 7520 section 5.5"),
    ("mn9TtdH1OfJlO91eUXaEGe9tTrDzowXs_n2wKGrqLN4", "RFC 7520 section 5.13"),
    ("oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U", "RFC 7515 appendix A.3"),
    (
        "otxNvLMsNr5nVG4aBSW185XxkGs4NoPGIc53Fk_pqeU",
        "NorskHelsenett/HelseID.Samples, SimpleNativeClientWithDPoP/Program.cs",
    ),
    ("rTtHPa7sf4UUCCKAww7j-XnhD2AKwOGNIsGDDipf_EM", "RFC 7520 section 5.4"),
    ("u5YUSjQ2-2chBi51NSk3t3g7IM4o2KYcnPqPtCNGd3U", "RFC 7515 appendix A.4"),
    ("vRODIUJRHIvY5t82fzBWHFBLAs7tCg63OotFYiDvz5k", "jwt.io, the examples of its debugger"),
    ("xtIsOV1FqKH77AI_A3jdTg5QfdabzqI-LNpYTPi0IgI", "RFC 7516 appendix A.1"),
    (
        "ypYAAa5FbIAmODBlEqmAZPtrmXN2vq-cFd_5YmU4cwg",
        "NorskHelsenett/HelseID.Samples, SimpleRequestObjectsDemo/Program.cs",
    ),
    (
        "yyzgSVl1f7P7DTey5sz6Z6ull1KS6LJD7w6o4yUAon4",
        "NorskHelsenett/HelseID.Library, HelseIdClientCredentialsFlowTests.cs",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_each_entry_is_found() {
        assert!(PUBLISHED.is_sorted_by(|(one, _), (next, _)| one < next));
        for (thumbprint, source) in PUBLISHED {
            let thumbprint = Thumbprint::parse(thumbprint).expect("a thumbprint");
            assert_eq!(thumbprint.as_str().len(), 43, "{thumbprint}");
            assert_eq!(by_thumbprint(&thumbprint), Some(*source));
        }
    }
}
