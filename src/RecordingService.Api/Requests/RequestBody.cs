using System.Text.Json;
using System.Xml;
using Microsoft.Net.Http.Headers;
using RecordingService.Api.Problems;

namespace RecordingService.Api.Requests;

/// <summary>Reads the JSON object of a request member by member and collects every rule that it breaks, so that all are answered at once.</summary>
internal sealed class RequestBody
{
    private const int MaxDepth = 8;

    private readonly Dictionary<string, JsonElement> members = [];
    private readonly List<Violation> violations;
    private readonly List<string> known = [];

    private RequestBody(JsonElement root, List<Violation> violations)
    {
        this.violations = violations;
        foreach (var member in root.EnumerateObject())
        {
            if (!members.TryAdd(member.Name, member.Value))
            {
                violations.Add(new(Violation.Cut(member.Name), Shown(member.Value), "must stand in the body only once."));
            }
        }
    }

    /// <summary>Reads the body, or answers why it cannot be read.</summary>
    public static async Task<(RequestBody? Body, IResult? Refusal)> ReadAsync(
        HttpRequest request,
        List<Violation> violations,
        CancellationToken cancellationToken
    )
    {
        if (!request.HasJsonContentType())
        {
            return (
                null,
                Problem.UnsupportedMediaType.Because(
                    $"Content-Type is '{Violation.Cut(request.ContentType ?? "")}'; send application/json."
                )
            );
        }

        if (WrongEncoding(request) is { } encoding)
        {
            return (null, Problem.UnsupportedMediaType.Because($"{encoding}; send plain UTF-8."));
        }

        try
        {
            using var document = await JsonDocument.ParseAsync(
                request.Body,
                new JsonDocumentOptions { MaxDepth = MaxDepth },
                cancellationToken
            );
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                var kind = root.ValueKind is JsonValueKind.True or JsonValueKind.False
                    ? "boolean"
                    : root.ValueKind.ToString().ToLowerInvariant();
                return (null, Problem.MalformedBody.Because($"The body is a JSON {kind}; an object is expected."));
            }

            return IsUnicode(root)
                ? (new(root.Clone(), violations), null)
                : (null, Problem.MalformedBody.Because("The body has a text that is not valid Unicode."));
        }
        catch (JsonException e)
        {
            return (
                null,
                Problem.MalformedBody.Because(
                    $"The body is not JSON of at most {MaxDepth} levels: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}."
                )
            );
        }
        catch (IOException e) when (e is not BadHttpRequestException && !request.HttpContext.RequestAborted.IsCancellationRequested)
        {
            // The server's word for chunks that are none.
            return (null, Problem.MalformedBody.Because("The body did not arrive as it was announced."));
        }
    }

    private static string? WrongEncoding(HttpRequest request)
    {
        var charset = MediaTypeHeaderValue.TryParse(request.ContentType, out var type) ? type.Charset.Value?.Trim('"') : null;
        return charset is not (null or "") && !string.Equals(charset, "utf-8", StringComparison.OrdinalIgnoreCase)
                ? $"The charset is '{Violation.Cut(charset)}'"
            : request.Headers.ContentEncoding.ToString() is { Length: > 0 } coding
            && !string.Equals(coding, "identity", StringComparison.OrdinalIgnoreCase)
                ? $"Content-Encoding is '{Violation.Cut(coding)}'"
            : null;
    }

    /// <summary>A text member that fulfils a rule, or null.</summary>
    public string? Text(string name, string rule, Func<string, bool> isValid, bool required = false)
    {
        if (!TryTake(name, required, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String && value.GetString() is { } text && isValid(text))
        {
            return text;
        }

        violations.Add(new(name, Shown(value), $"must be {rule}."));
        return null;
    }

    /// <summary>A duration (ISO 8601, such as PT45M) within a range, or null.</summary>
    public TimeSpan? Duration(string name, TimeSpan least, TimeSpan most)
    {
        if (!TryTake(name, required: false, out var value))
        {
            return null;
        }

        try
        {
            if (
                value.ValueKind == JsonValueKind.String
                && XmlConvert.ToTimeSpan(value.GetString()!) is var duration
                && duration >= least
                && duration <= most
            )
            {
                return duration;
            }
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            // Answered below like a duration out of range.
        }

        violations.Add(
            new(
                name,
                Shown(value),
                $"must be an ISO 8601 duration from {XmlConvert.ToString(least)} to {XmlConvert.ToString(most)}, such as PT45M."
            )
        );
        return null;
    }

    /// <summary>An object of texts, or null.</summary>
    public IReadOnlyDictionary<string, string>? Texts(string name, int atMost, int keyCharacters, int valueCharacters)
    {
        if (!TryTake(name, required: false, out var value))
        {
            return null;
        }

        var rule =
            $"must be an object of at most {atMost} texts; names once each, up to {keyCharacters} characters, values up to {valueCharacters}.";
        if (value.ValueKind != JsonValueKind.Object)
        {
            violations.Add(new(name, Shown(value), rule));
            return null;
        }

        Dictionary<string, string> texts = [];
        foreach (var entry in value.EnumerateObject())
        {
            if (
                entry.Value.ValueKind != JsonValueKind.String
                || entry.Value.GetString() is not { } text
                || text.Length > valueCharacters
                || entry.Name.Length is 0
                || entry.Name.Length > keyCharacters
                || text.Contains('\0', StringComparison.Ordinal)
                || entry.Name.Contains('\0', StringComparison.Ordinal)
                || !texts.TryAdd(entry.Name, text)
            )
            {
                violations.Add(new($"{name}.{Violation.Cut(entry.Name)}", Shown(entry.Value), rule));
            }
        }

        if (texts.Count > atMost)
        {
            violations.Add(new(name, $"{texts.Count} texts", rule));
        }

        return texts;
    }

    /// <summary>Refuses members that nobody asked for.</summary>
    public void RefuseUnknown()
    {
        foreach (var (name, value) in members.Where(member => !known.Contains(member.Key)))
        {
            violations.Add(new(Violation.Cut(name), Shown(value), $"is not known here; known are {string.Join(", ", known)}."));
        }
    }

    /// <summary>Refuses a body in which none of the known members has a value.</summary>
    public void RequireAny()
    {
        if (!known.Any(name => members.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null))
        {
            violations.Add(new("body", null, $"must have at least one of {string.Join(", ", known)}."));
        }
    }

    private bool TryTake(string name, bool required, out JsonElement value)
    {
        known.Add(name);
        if (members.TryGetValue(name, out value) && value.ValueKind != JsonValueKind.Null)
        {
            return true;
        }

        if (required)
        {
            violations.Add(new(name, null, "is required."));
        }

        return false;
    }

    private static string Shown(JsonElement value) =>
        Violation.Cut(value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText());

    /// <summary>The parser looks neither at the bytes of a text nor at its escapes; reading one that is no Unicode throws.</summary>
    private static bool IsUnicode(JsonElement root)
    {
        try
        {
            Read(root);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }

        static void Read(JsonElement element)
        {
            switch (element.ValueKind)
            {
                case JsonValueKind.String:
                    _ = element.GetString();
                    break;
                case JsonValueKind.Array:
                    foreach (var item in element.EnumerateArray())
                    {
                        Read(item);
                    }

                    break;
                case JsonValueKind.Object:
                    foreach (var member in element.EnumerateObject())
                    {
                        _ = member.Name;
                        Read(member.Value);
                    }

                    break;
                default:
                    break;
            }
        }
    }
}
