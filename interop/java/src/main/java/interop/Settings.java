package interop;

import com.nimbusds.jose.jwk.JWK;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a client is told by its environment. */
public record Settings(String issuer, String clientId, JWK key, String scope, URI api) {

    /** Reads HELSEID_ISSUER, HELSEID_CLIENT_ID, HELSEID_CLIENT_JWK_FILE, HELSEID_SCOPE and API_URL. */
    public static Settings ofEnvironment() throws Exception {
        return new Settings(
            System.getenv("HELSEID_ISSUER"),
            System.getenv("HELSEID_CLIENT_ID"),
            JWK.parse(Files.readString(Path.of(System.getenv("HELSEID_CLIENT_JWK_FILE")))),
            System.getenv("HELSEID_SCOPE"),
            URI.create(System.getenv("API_URL")));
    }

    /** The token with the first letter of its signature changed. */
    public static String tamper(String token) {
        int signature = token.lastIndexOf('.') + 1;
        char letter = token.charAt(signature) == 'A' ? 'B' : 'A';
        return token.substring(0, signature) + letter + token.substring(signature + 1);
    }

    /** Ends a program that was refused, by the authority or by itself: code 3. */
    public static void refused(String why) {
        System.out.println("refused: " + why);
        System.exit(3);
    }
}
