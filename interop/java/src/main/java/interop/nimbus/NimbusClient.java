package interop.nimbus;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.factories.DefaultJWSSignerFactory;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.ClientCredentialsGrant;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.auth.JWTAuthenticationClaimsSet;
import com.nimbusds.oauth2.sdk.auth.PrivateKeyJWT;
import com.nimbusds.oauth2.sdk.dpop.DPoPProofFactory;
import com.nimbusds.oauth2.sdk.dpop.DefaultDPoPProofFactory;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.id.Audience;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.JWTID;
import com.nimbusds.oauth2.sdk.token.AccessToken;
import com.nimbusds.oauth2.sdk.token.DPoPAccessToken;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import interop.Settings;
import java.net.URI;
import java.time.Instant;
import java.util.Date;
import java.util.List;

/**
 * A machine-to-machine client on Nimbus' OAuth 2.0 SDK: private_key_jwt, DPoP with a nonce, then the API.
 * Usage: NimbusClient [AUDIENCE]
 */
public final class NimbusClient {

    private final Settings settings = Settings.ofEnvironment();
    private final DPoPProofFactory proofs =
        new DefaultDPoPProofFactory(new ECKeyGenerator(Curve.P_256).generate(), JWSAlgorithm.ES256);
    private final URI tokenEndpoint =
        OIDCProviderMetadata.resolve(new Issuer(settings.issuer())).getTokenEndpointURI();
    private final String audience;

    private NimbusClient(String[] arguments) throws Exception {
        audience = arguments.length > 0 ? arguments[0] : settings.issuer();
    }

    public static void main(String[] arguments) throws Exception {
        var client = new NimbusClient(arguments);
        var answer = client.request(null);
        if (answer.getDPoPNonce() != null) {
            answer = client.request(answer.getDPoPNonce());
        }
        var response = TokenResponse.parse(answer);
        if (!response.indicatesSuccess()) {
            var error = response.toErrorResponse().getErrorObject();
            Settings.refused(error.getCode() + " " + error.getDescription());
        }
        var token = response.toSuccessResponse().getTokens().getAccessToken();
        var answered = client.call(token);
        var tampered = client.call(new DPoPAccessToken(Settings.tamper(token.getValue())));
        System.out.printf("%s %d, %d entries; tampered %d%n", token.getType(), answered.getStatusCode(),
            answered.getBodyAsJSONObject().size(), tampered.getStatusCode());
    }

    private HTTPResponse request(Nonce nonce) throws Exception {
        var grant = new ClientCredentialsGrant();
        var request = new TokenRequest(tokenEndpoint, authentication(), grant, Scope.parse(settings.scope()));
        var http = request.toHTTPRequest();
        http.setDPoP(proofs.createDPoPJWT("POST", tokenEndpoint, nonce));
        return http.send();
    }

    /** A new assertion for each request. The SDK's own constructors leave typ out, so the JWT is made here. */
    private PrivateKeyJWT authentication() throws Exception {
        var id = new ClientID(settings.clientId());
        var now = Instant.now();
        var claims = new JWTAuthenticationClaimsSet(id, List.of(new Audience(audience)),
            Date.from(now.plusSeconds(10)), Date.from(now), Date.from(now), new JWTID());
        var key = settings.key();
        var header = new JWSHeader.Builder(JWSAlgorithm.parse(key.getAlgorithm().getName()))
            .type(new JOSEObjectType("client-authentication+jwt")).keyID(key.getKeyID()).build();
        var assertion = new SignedJWT(header, claims.toJWTClaimsSet());
        assertion.sign(new DefaultJWSSignerFactory().createJWSSigner(key, header.getAlgorithm()));
        return new PrivateKeyJWT(assertion);
    }

    private HTTPResponse call(AccessToken token) throws Exception {
        var request = new HTTPRequest(HTTPRequest.Method.GET, settings.api());
        request.setAuthorization(token.toAuthorizationHeader());
        request.setDPoP(proofs.createDPoPJWT("GET", settings.api(), token));
        return request.send();
    }
}
