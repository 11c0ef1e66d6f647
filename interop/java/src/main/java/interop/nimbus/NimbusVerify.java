package interop.nimbus;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import interop.Settings;
import java.util.Set;

/**
 * Nimbus verifies one of our access tokens, which comes on stdin: type, signature by the issuer's keys, issuer, audience, times.
 * Environment: HELSEID_ISSUER, AUDIENCE.
 */
public final class NimbusVerify {

    public static void main(String[] arguments) throws Exception {
        var issuer = System.getenv("HELSEID_ISSUER");
        var metadata = OIDCProviderMetadata.resolve(new Issuer(issuer));
        var processor = new DefaultJWTProcessor<SecurityContext>();
        processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("at+jwt")));
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(
            Set.of(JWSAlgorithm.RS256, JWSAlgorithm.PS256, JWSAlgorithm.ES256),
            JWKSourceBuilder.create(metadata.getJWKSetURI().toURL()).build()));
        processor.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>(System.getenv("AUDIENCE"),
            new JWTClaimsSet.Builder().issuer(issuer).build(), Set.of("exp", "iat", "jti", "client_id", "cnf")));
        try {
            var claims = processor.process(new String(System.in.readAllBytes()).strip(), null);
            System.out.println(claims.getStringClaim("client_id") + " " + claims.getStringListClaim("scope"));
        } catch (BadJOSEException refusal) {
            Settings.refused(refusal.getMessage());
        }
    }
}
