package interop.spring;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.oauth2.sdk.dpop.DPoPProofFactory;
import com.nimbusds.oauth2.sdk.dpop.DefaultDPoPProofFactory;
import com.nimbusds.oauth2.sdk.token.DPoPAccessToken;
import com.nimbusds.openid.connect.sdk.Nonce;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpRequest;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;

/** Sends every request with a DPoP proof, and remembers the newest nonce of each server. */
final class Proofs implements ClientHttpRequestInterceptor {

    private final DPoPProofFactory factory;
    private final Map<String, Nonce> nonces = new ConcurrentHashMap<>();

    Proofs() throws JOSEException {
        factory = new DefaultDPoPProofFactory(new ECKeyGenerator(Curve.P_256).generate(), JWSAlgorithm.ES256);
    }

    @Override
    public ClientHttpResponse intercept(HttpRequest request, byte[] body, ClientHttpRequestExecution execution)
        throws IOException {
        var server = request.getURI().getAuthority();
        var authorization = request.getHeaders().getFirst(HttpHeaders.AUTHORIZATION);
        var token = authorization == null ? null : new DPoPAccessToken(authorization.substring("DPoP ".length()));
        try {
            var proof = factory.createDPoPJWT(
                request.getMethod().name(), request.getURI(), token, nonces.get(server));
            request.getHeaders().set("DPoP", proof.serialize());
        } catch (JOSEException why) {
            throw new IOException(why);
        }
        var response = execution.execute(request, body);
        var nonce = response.getHeaders().getFirst("DPoP-Nonce");
        if (nonce != null) {
            nonces.put(server, new Nonce(nonce));
        }
        return response;
    }
}
