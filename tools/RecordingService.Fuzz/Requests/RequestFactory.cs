using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace RecordingService.Fuzz.Requests;

/// <summary>Makes requests: a valid one for each operation in turn, with up to four things done to it. A number makes the same request in every run with the same seed.</summary>
/// <param name="operations">Operations of the document.</param>
/// <param name="seed">The seed.</param>
/// <param name="targets">What exists, by whose ids some requests ask.</param>
/// <param name="keys">The keys that requests carry.</param>
internal sealed class RequestFactory(IReadOnlyList<Operation> operations, int seed, FuzzTargets targets, FuzzKeys keys)
{
    private const int NumberStep = 1_000_003;

    /// <summary>The member of bodies that the service may connect to.</summary>
    private const string Address = "url";

    public FuzzRequest Make(int number)
    {
        var random = new Random(unchecked((seed * NumberStep) + number));
        var request = Valid(number, operations[number % operations.Count], random);
        var many = random.Next(100) switch
        {
            < 3 => 0,
            < 60 => 1,
            < 85 => 2,
            < 95 => 3,
            _ => 4,
        };
        for (var n = 0; n < many; n++)
        {
            Mutate(request, random);
        }

        if (request.Pace == Pace.AtOnce && random.Next(20) == 0)
        {
            request.Pace = Pace.InPieces;
        }

        return request;
    }

    private FuzzRequest Valid(int number, Operation operation, Random random)
    {
        var target = string.Join(
            '/',
            operation.Path.Split('/').Select(segment => segment.StartsWith('{') ? Value(segment.Trim('{', '}')) : segment)
        );
        var request = new FuzzRequest
        {
            Number = number,
            Operation = operation,
            Method = operation.Method,
            Target = target,
        };
        request.Headers.Add(("Host", "localhost"));
        (request.Key, var oddity) = keys.Draw(random);
        if (request.Key is { } key)
        {
            request.Headers.Add(("Authorization", $"Bearer {key}"));
        }

        if (oddity is not null)
        {
            request.Mutations.Add(oddity);
        }

        if (operation.ContentType is { } contentType)
        {
            request.Headers.Add(("Content-Type", contentType));
            request.Body = Encoding.UTF8.GetBytes(operation.Body ?? "{}");
        }

        return request;

        string Value(string name) =>
            name == "id" && Of(operation, "recordings") && targets.Recordings.Count > 0 ? Pick(random, targets.Recordings)
            : name == "webhook" && targets.Webhooks.Count > 0 && random.Next(4) > 0 ? Pick(random, targets.Webhooks)
            : operation.Parameters.FirstOrDefault(parameter => parameter.In == "path" && parameter.Name == name)?.Example ?? "x";
    }

    private static bool Of(Operation operation, string segment) => operation.Path.Split('/').Contains(segment);

    private static void Mutate(FuzzRequest request, Random random)
    {
        switch (random.Next(100))
        {
            case < 14:
                ChangePath(request, random);
                break;
            case < 24:
                ChangeQuery(request, random);
                break;
            case < 44:
                ChangeHeader(request, random);
                break;
            case < 49:
                FloodHeaders(request, random);
                break;
            case < 55:
                request.Method = Pick(random, HostileTexts.Methods);
                request.Mutations.Add("method");
                break;
            case < 84:
                ChangeBody(request, random);
                break;
            case < 92:
                ChangeFraming(request, random);
                break;
            case < 97:
                request.Raw = WithKey(Pick(random, HostileTexts.Raw), request.Key);
                request.IsAmbiguous = true;
                request.Mutations.Add("raw");
                break;
            case < 99:
                request.Pace = Pace.CutOff;
                request.Mutations.Add("cut off");
                break;
            default:
                // Few, because each takes seconds.
                if (random.Next(4) == 0)
                {
                    request.Pace = request.Body is null ? Pace.SlowHeaders : Pace.SlowBody;
                    request.Mutations.Add("slow");
                }

                break;
        }
    }

    /// <summary>With a key the server has to read on behind the headers.</summary>
    private static byte[] WithKey(byte[] raw, string? key) =>
        key is null
            ? raw
            : Encoding.Latin1.GetBytes(
                Encoding
                    .Latin1.GetString(raw)
                    .Replace("Host: a\r\n", $"Host: a\r\nAuthorization: Bearer {key}\r\n", StringComparison.Ordinal)
            );

    private static void ChangePath(FuzzRequest request, Random random)
    {
        var (path, query) = request.Target.Split('?', 2) is [var before, var after] ? (before, $"?{after}") : (request.Target, "");
        var segments = path.Split('/').ToList();
        var at = random.Next(1, Math.Max(segments.Count, 2));
        var kind = random.Next(9);
        switch (kind)
        {
            case 0:
                segments.Insert(Math.Min(at, segments.Count), Pick(random, HostileTexts.Encoded));
                break;
            case 1:
                segments.Add("");
                break;
            case 2:
                segments.Add(Pick(random, HostileTexts.Encoded));
                break;
            case 3:
                segments = [.. segments.Select(segment => segment.ToUpperInvariant())];
                break;
            case 4:
                query = $"#{Pick(random, HostileTexts.Encoded)}{query}";
                break;
            default:
                // Rather what stands for a parameter than the words of the path.
                var parameters = Enumerable
                    .Range(0, segments.Count)
                    .Where(i => request.Operation.Path.Split('/').ElementAtOrDefault(i)?.StartsWith('{') == true)
                    .ToList();
                var index = parameters.Count > 0 ? Pick(random, parameters) : Math.Min(at, segments.Count - 1);
                segments[index] = Pick(random, HostileTexts.Encoded);
                break;
        }

        request.Target = string.Join('/', segments) + query;
        request.Mutations.Add("path");
    }

    private static void ChangeQuery(FuzzRequest request, Random random)
    {
        var known = request.Operation.Parameters.Where(parameter => parameter.In == "query").Select(parameter => parameter.Name).ToList();
        var name = known.Count > 0 && random.Next(4) > 0 ? Pick(random, known) : Pick(random, HostileTexts.Encoded);
        var value = Pick(random, HostileTexts.Encoded);
        var added = random.Next(10) switch
        {
            0 => $"{name}",
            1 => $"{name}={value}&{name}={Pick(random, HostileTexts.Encoded)}",
            2 => string.Join('&', Enumerable.Repeat($"{name}={value}", 50)),
            3 => "&&&=&?",
            4 => $"q={new string('x', random.Next(100, 9000))}",
            5 => $"{name}[]={value}",
            _ => $"{name}={value}",
        };
        request.Target += (request.Target.Contains('?', StringComparison.Ordinal) ? "&" : "?") + added;
        request.Mutations.Add("query");
    }

    private static void ChangeHeader(FuzzRequest request, Random random)
    {
        var documented = request
            .Operation.Parameters.Where(parameter => parameter.In == "header")
            .Select(parameter => parameter.Name)
            .ToList();
        var name =
            documented.Count > 0 && random.Next(2) == 0 ? Pick(random, documented)
            : random.Next(6) == 0 ? "Content-Type"
            : Pick(random, HostileTexts.HeaderNames);
        switch (random.Next(8))
        {
            case 0:
                request.Headers.RemoveAll(header => header.Name == name);
                break;
            case 1:
                // Twice.
                request.Headers.Add((name, Pick(random, HostileTexts.Headers)));
                request.Headers.Add((name, Pick(random, HostileTexts.Headers)));
                break;
            case 2:
                request.SetHeader(Pick(random, ["a b", "\u00e4", "(", "a\u0000", "a:b", "", new string('n', 300), "content-TYPE"]), "x");
                break;
            default:
                request.SetHeader(name, Pick(random, HostileTexts.Headers));
                break;
        }

        request.IsAmbiguous |= name == "Expect";
        request.Mutations.Add($"header {name}");
    }

    private static void FloodHeaders(FuzzRequest request, Random random)
    {
        var count = Pick(random, [20, 90, 101, 500]);
        var length = Pick(random, [1, 100, 1000]);
        for (var n = 0; n < count; n++)
        {
            request.Headers.Add((string.Create(CultureInfo.InvariantCulture, $"X-{n}"), new string('v', length)));
        }

        // The server may close before it has read all.
        request.IsAmbiguous = true;
        request.Mutations.Add($"{count} headers");
    }

    private static void ChangeBody(FuzzRequest request, Random random)
    {
        if (request.Body is null || request.Operation.Body is null || random.Next(6) == 0)
        {
            request.Body = Pick(random, HostileTexts.Bodies);
            if (!request.Has("Content-Type"))
            {
                request.Headers.Add(("Content-Type", "application/json"));
            }

            request.Mutations.Add("body");
        }
        else if (random.Next(5) == 0 && request.Body.Length > 0)
        {
            var body = request.Body.ToArray();
            var at = random.Next(body.Length);
            request.Body = random.Next(3) switch
            {
                0 => body[..at],
                1 => [.. body[..at], (byte)random.Next(256), .. body[at..]],
                _ => [.. body[..at], (byte)random.Next(256), .. body[(at + 1)..]],
            };
            request.Mutations.Add("bytes of the body");
        }
        else
        {
            request.Body = Encoding.Latin1.GetBytes(ChangedJson(JsonNode.Parse(request.Operation.Body)!, random));
            request.Mutations.Add("member");
        }
    }

    /// <summary>The example as text, with one member taken away, added, doubled, renamed or given another value.</summary>
    private static string ChangedJson(JsonNode example, Random random)
    {
        var objects = Objects(example).ToList();
        var target = Pick(random, objects);
        var chosen = target.Count > 0 ? Pick(random, target.Select(member => member.Key).ToList()) : "x";
        var value = Pick(random, chosen == Address && random.Next(3) > 0 ? HostileTexts.Addresses : HostileTexts.Json);
        var kind = random.Next(8);
        return Write(example);

        string Write(JsonNode? node) =>
            node switch
            {
                JsonObject o => $"{{{string.Join(',', Members(o))}}}",
                JsonArray a => $"[{string.Join(',', a.Select(Write))}]",
                null => "null",
                _ => node.ToJsonString(),
            };

        IEnumerable<string> Members(JsonObject o)
        {
            foreach (var (name, member) in o)
            {
                if (!ReferenceEquals(o, target) || name != chosen)
                {
                    yield return Member(name, Write(member));
                    continue;
                }

                switch (kind)
                {
                    case 0:
                        break;
                    case 1:
                        yield return Member(name, Write(member));
                        yield return Member(name, value);
                        break;
                    case 2:
                        yield return Member(name.ToUpperInvariant(), Write(member));
                        break;
                    default:
                        yield return Member(name, value);
                        break;
                }
            }

            if (ReferenceEquals(o, target) && kind is 1 or 3)
            {
                var name = Pick(random, ["unknown", "", "\u00c3\u00a4", "a.b", "$ref", new string('n', 400), "\\u0000", Address]);
                yield return Member(name, name == Address ? Pick(random, HostileTexts.Addresses) : value);
            }
        }

        static string Member(string name, string value) =>
            $"\"{(name.StartsWith('\\') ? name : JsonEncodedText.Encode(name).Value)}\":{value}";
    }

    private static IEnumerable<JsonObject> Objects(JsonNode? node) =>
        node switch
        {
            JsonObject o => o.SelectMany(member => Objects(member.Value)).Prepend(o),
            JsonArray a => a.SelectMany(Objects),
            _ => [],
        };

    private static void ChangeFraming(FuzzRequest request, Random random)
    {
        request.Body ??= "{}"u8.ToArray();
        switch (random.Next(6))
        {
            case 0:
                request.SetHeader("Content-Length", $"{request.Body.Length + Pick(random, [-1, 1, 5, 100_000])}");
                request.IsAmbiguous = true;
                break;
            case 1:
                request.SetHeader("Content-Length", Pick(random, ["-1", "0x2", "1e3", " ", "99999999999999999999", "2, 2", "+2", "070"]));
                request.IsAmbiguous = true;
                break;
            case 2:
                request.ChunkBytes = Pick(random, [1, 7, 4096]);
                break;
            case 3:
                request.SetHeader(
                    "Transfer-Encoding",
                    Pick(random, ["chunked", "identity", "gzip", "chunked, chunked", "\u000bchunked", "CHUNKED"])
                );
                request.IsAmbiguous = true;
                break;
            case 4:
                request.Version = Pick(random, ["HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "HTTP/3", "http/1.1", "HTTP/1.1 ", "", "HTTPS/1.1"]);
                request.IsAmbiguous = true;
                break;
            default:
                request.SetHeader(
                    "Host",
                    Pick(random, ["", "a b", "a,b", "evil.example", "localhost:99999", "\u00e4", "[::1]", "@", new string('h', 300)])
                );
                break;
        }

        request.Mutations.Add("framing");
    }

    private static T Pick<T>(Random random, IReadOnlyList<T> all) => all[random.Next(all.Count)];
}
