import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Records one class: start, wait until it is proven, stop, print the playlist.
 *
 * <p>usage: java RecordClass.java BASE_URL [CHANNEL] [SECONDS]. Java 17 or newer, nothing else: no native library, no class path. An API
 * key, if the service wants one: RECORDING_API_KEY.
 */
public final class RecordClass {
    private static final int ATTEMPTS = 5;

    private final HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final String base;
    private final String key = System.getenv("RECORDING_API_KEY");

    private RecordClass(String base) {
        this.base = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length == 0) {
            System.err.println("usage: java RecordClass.java BASE_URL [CHANNEL] [SECONDS]");
            System.exit(2);
        }

        // Your own id for the lesson; here a made-up one.
        String lesson = "lesson-" + UUID.randomUUID().toString().substring(0, 8);
        String channel = args.length > 1 ? args[1] : lesson;
        int seconds = args.length > 2 ? Integer.parseInt(args[2]) : 20;
        System.exit(new RecordClass(args[0]).record(lesson, channel, seconds) ? 0 : 1);
    }

    private boolean record(String lesson, String channel, int seconds) throws IOException, InterruptedException {
        System.out.printf("Starting '%s'.%n", channel);
        String body = "{\"channel\":%s,\"roomType\":\"lecture\",\"externalId\":%s}".formatted(quoted(channel), quoted(lesson));
        // One key for one lesson makes repeats safe: whatever happens on the way, it is one recording.
        String id = text(ask("POST", "/v1/recordings", body, "Idempotency-Key", lesson, "Prefer", "wait=60"), "id");
        String recording = until(id, r -> text(r, "confirmedAt") != null || ended(r));
        show(recording);

        if (!ended(recording)) {
            System.out.printf("The class lasts %d s.%n", seconds);
            Thread.sleep(Duration.ofSeconds(seconds).toMillis());
            System.out.println("Stopping.");
            ask("POST", "/v1/recordings/" + id + "/stop", "", "Prefer", "wait=60");
        }

        recording = until(id, r -> Pattern.matches("completed|failed|aborted", text(r, "state")));
        show(recording);
        String files = recording.substring(recording.indexOf("\"files\":{"));
        System.out.printf("  files: %s%n  playlist: %s%n", text(files, "state"), text(files, "playlistUrl"));
        return "completed".equals(text(recording, "state"));
    }

    /** Sends a request; again with the same headers when the connection broke or the service was away. */
    private String ask(String method, String path, String body, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(Duration.ofSeconds(100))
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }

        if (key != null && !key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }

        for (int attempt = 1; ; attempt++) {
            try {
                HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() < 300) {
                    return answer.body();
                }

                if (answer.statusCode() != 503 || attempt == ATTEMPTS) {
                    throw new IllegalStateException("%s %s answered %d: %s".formatted(method, path, answer.statusCode(), answer.body()));
                }
            } catch (IOException broken) {
                if (attempt == ATTEMPTS) {
                    throw broken;
                }

                System.out.printf("  %s; asking again.%n", broken);
            }

            Thread.sleep(Duration.ofSeconds(attempt).toMillis());
        }
    }

    private String until(String id, Predicate<String> wanted) throws IOException, InterruptedException {
        while (true) {
            String recording = ask("GET", "/v1/recordings/" + id, "");
            if (wanted.test(recording)) {
                return recording;
            }

            Thread.sleep(2_000);
        }
    }

    private static boolean ended(String recording) {
        // Runs have an endedAt of their own; the recording's stands before them.
        return text(recording, "endedAt") != null;
    }

    private static void show(String recording) {
        String reason = recording.contains("\"reason\":{") ? ": " + text(recording, "message") : "";
        System.out.printf("  %s%s%n", text(recording, "state"), reason);
    }

    /**
     * The first member of that name, or null. Enough for an example without a dependency; a program has a JSON library.
     */
    private static String text(String json, String member) {
        Matcher found = Pattern.compile("\"" + member + "\":(?:null|\"((?:[^\"\\\\]|\\\\.)*)\")").matcher(json);
        return found.find() ? found.group(1) : null;
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
