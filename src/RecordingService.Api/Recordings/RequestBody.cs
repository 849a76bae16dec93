using System.Text.Json;
using System.Xml;
using RecordingService.Api.Problems;

namespace RecordingService.Api.Recordings;

/// <summary>Reads the JSON object of a request member by member and collects every rule that it breaks, so that all are answered at once.</summary>
internal sealed class RequestBody
{
    private const int ShownCharacters = 100;

    private readonly Dictionary<string, JsonElement> members = [];
    private readonly List<Violation> violations;
    private readonly HashSet<string> known = [];

    private RequestBody(JsonElement root, List<Violation> violations)
    {
        this.violations = violations;
        foreach (var member in root.EnumerateObject())
        {
            if (!members.TryAdd(member.Name, member.Value))
            {
                violations.Add(new(member.Name, Shown(member.Value), "must stand in the body only once."));
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
            return (null, Problem.UnsupportedMediaType.Because($"Content-Type is '{request.ContentType ?? ""}'; send application/json."));
        }

        try
        {
            using var document = await JsonDocument.ParseAsync(request.Body, new JsonDocumentOptions { MaxDepth = 8 }, cancellationToken);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? (new(document.RootElement.Clone(), violations), null)
                : (
                    null,
                    Problem.MalformedBody.Because(
                        $"The body is a JSON {document.RootElement.ValueKind.ToString().ToLowerInvariant()}; an object is expected."
                    )
                );
        }
        catch (JsonException e)
        {
            return (
                null,
                Problem.MalformedBody.Because($"The body is not valid JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.")
            );
        }
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

        var rule = $"must be an object of at most {atMost} texts; names up to {keyCharacters} characters, values up to {valueCharacters}.";
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
            )
            {
                violations.Add(new($"{name}.{Cut(entry.Name)}", Shown(entry.Value), rule));
            }
            else
            {
                texts[entry.Name] = text;
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
            violations.Add(new(Cut(name), Shown(value), $"is not known here; known are {string.Join(", ", known)}."));
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
        Cut(value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText());

    private static string Cut(string text) => text.Length <= ShownCharacters ? text : $"{text[..ShownCharacters]}...";
}
