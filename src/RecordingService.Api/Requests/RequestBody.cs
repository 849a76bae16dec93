using System.Text.Json;
using System.Xml;
using Microsoft.Net.Http.Headers;
using RecordingService.Api.Problems;
using RecordingService.Domain.RoomTypes;

namespace RecordingService.Api.Requests;

/// <summary>Reads the JSON object of a request member by member and collects every rule that it breaks, so that all are answered at once.</summary>
internal sealed class RequestBody
{
    private const int MaxDepth = 8;
    private const string UidRule = "a number from 1 to 4294967295";

    private readonly Dictionary<string, JsonElement> members = [];
    private readonly List<Violation> violations;
    private readonly List<string> known = [];
    private readonly string path;

    private RequestBody(JsonElement root, List<Violation> violations, string path = "")
    {
        this.violations = violations;
        this.path = path;
        foreach (var member in root.EnumerateObject())
        {
            if (!members.TryAdd(member.Name, member.Value))
            {
                violations.Add(new(Field(Violation.Cut(member.Name)), Shown(member.Value), "must stand in the body only once."));
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

        return value.ValueKind == JsonValueKind.String && value.GetString() is { } text && isValid(text)
            ? text
            : Refuse<string?>(name, value, value.ValueKind == JsonValueKind.String ? rule : $"a JSON string: {rule}");
    }

    /// <summary>A duration (ISO 8601, such as PT45M) within a range, or null.</summary>
    public TimeSpan? Duration(string name, TimeSpan least, TimeSpan most) =>
        Take<TimeSpan>(
            name,
            $"an ISO 8601 duration from {XmlConvert.ToString(least)} to {XmlConvert.ToString(most)}, such as PT45M",
            value => ReadDuration(value) is { } duration && duration >= least && duration <= most ? duration : null
        );

    /// <summary>A duration (ISO 8601, such as PT45M) whose range is checked elsewhere, or null.</summary>
    public TimeSpan? Duration(string name) => Take(name, "an ISO 8601 duration, such as PT45M", ReadDuration);

    /// <summary>A whole number whose range is checked elsewhere, or null. <c>5.0</c>, <c>1e3</c>, <c>-0</c> and <c>"5"</c> are none.</summary>
    public int? Number(string name, bool required = false) =>
        Take<int>(
            name,
            "a whole number, written in digits alone",
            value => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && IsPlain(value) ? number : null,
            required
        );

    /// <summary>A number whose range is checked elsewhere, or null. Exponents are taken: programs write small fractions with them.</summary>
    public decimal? Fraction(string name, bool required = false) =>
        Take<decimal>(
            name,
            "a number",
            // A zero has no sign from here on.
            value => value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) ? (number == 0 ? 0 : number) : null,
            required
        );

    /// <summary>A uid as a number, or null.</summary>
    public uint? Uid(string name, bool required = false) => Take(name, UidRule, ReadUid, required);

    /// <summary>A list of uids as numbers, or null.</summary>
    public IReadOnlyList<uint>? Uids(string name)
    {
        if (!TryTake(name, required: false, out var value))
        {
            return null;
        }

        var uids = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select(ReadUid).ToList() : null;
        return uids is not null && uids.TrueForAll(uid => uid is not null)
            ? [.. uids.Select(uid => uid!.Value)]
            : Refuse<IReadOnlyList<uint>?>(name, value, $"a list of which each is {UidRule}");
    }

    /// <summary>A list of texts that each fulfil a rule, which may be empty; or null.</summary>
    public IReadOnlyList<string>? ListOf(string name, int atMost, string rule, Func<string, bool> isValid)
    {
        if (!TryTake(name, required: false, out var value))
        {
            return null;
        }

        return
            value.ValueKind == JsonValueKind.Array
            && value.GetArrayLength() <= atMost
            && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String && isValid(item.GetString()!))
            ? [.. value.EnumerateArray().Select(item => item.GetString()!)]
            : Refuse<IReadOnlyList<string>?>(name, value, $"a list of at most {atMost} texts of which each is {rule}");
    }

    /// <summary>True or false, or null.</summary>
    public bool? Flag(string name) =>
        Take<bool>(
            name,
            "true or false",
            value =>
                value.ValueKind == JsonValueKind.True ? true
                : value.ValueKind == JsonValueKind.False ? false
                : null
        );

    /// <summary>One of the names of an enumeration, or null.</summary>
    public T? OneOf<T>(string name, bool required = false)
        where T : struct, Enum
    {
        var names = Enum.GetValues<T>().ToDictionary(value => JsonNamingPolicy.CamelCase.ConvertName($"{value}"));
        return Take<T>(
            name,
            $"one of {string.Join(", ", names.Keys)}",
            value => value.ValueKind == JsonValueKind.String && names.TryGetValue(value.GetString()!, out var found) ? found : null,
            required
        );
    }

    /// <summary>An object, or null. Its own members are read from what this returns.</summary>
    public RequestBody? Object(string name, bool required = false) =>
        !TryTake(name, required, out var value) ? null
        : value.ValueKind == JsonValueKind.Object ? new(value, violations, Field(name) + ".")
        : Refuse<RequestBody?>(name, value, "an object");

    /// <summary>A list of objects, or null.</summary>
    public IReadOnlyList<RequestBody>? Objects(string name)
    {
        if (!TryTake(name, required: false, out var value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Object)
            ? [.. value.EnumerateArray().Select((item, index) => new RequestBody(item, violations, $"{Field(name)}[{index}]."))]
            : Refuse<IReadOnlyList<RequestBody>?>(name, value, "a list of objects");
    }

    /// <summary>A list of at least one text, each fulfilling a rule and named once, or null.</summary>
    public IReadOnlyList<string>? TextList(string name, string rule, Func<string, bool> isValid, bool required = false)
    {
        if (!TryTake(name, required, out var value))
        {
            return null;
        }

        var texts =
            value.ValueKind == JsonValueKind.Array
                ? value.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? item.GetString() : null).ToList()
                : [];
        return texts.Count > 0 && texts.TrueForAll(text => text is not null && isValid(text)) && texts.Distinct().Count() == texts.Count
            ? [.. texts.OfType<string>()]
            : Refuse<IReadOnlyList<string>?>(name, value, rule);
    }

    /// <summary>Whether the member stands in the body with a value.</summary>
    public bool Has(string name) => members.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>Whether the member stands in the body, if only as null.</summary>
    public bool Names(string name) => members.ContainsKey(name);

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
            violations.Add(new(Field(name), Shown(value), rule));
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
                violations.Add(new($"{Field(name)}.{Violation.Cut(entry.Name)}", Shown(entry.Value), rule));
            }
        }

        if (texts.Count > atMost)
        {
            violations.Add(new(Field(name), $"{texts.Count} texts", rule));
        }

        return texts;
    }

    /// <summary>Refuses members that nobody asked for.</summary>
    public void RefuseUnknown()
    {
        foreach (var (name, value) in members.Where(member => !known.Contains(member.Key)))
        {
            violations.Add(new(Field(Violation.Cut(name)), Shown(value), $"is not known here; known are {string.Join(", ", known)}."));
        }
    }

    /// <summary>Refuses a body in which none of the known members has a value.</summary>
    /// <param name="orNull">Whether null is a value here: a member that is to go back to its default.</param>
    public void RequireAny(bool orNull = false)
    {
        if (!known.Any(name => members.TryGetValue(name, out var value) && (orNull || value.ValueKind != JsonValueKind.Null)))
        {
            violations.Add(new("body", null, $"must have at least one of {string.Join(", ", known)}."));
        }
    }

    /// <summary>Tells the rules of the domain that the values break; a member that could not even be read is not told twice.</summary>
    public void Refuse(IEnumerable<RuleViolation> broken)
    {
        foreach (var violation in broken.Where(b => !violations.Exists(v => v.Field == Field(b.Field))).ToList())
        {
            violations.Add(Violation.Of(violation, path));
        }
    }

    private string Field(string name) => path + name;

    private T? Take<T>(string name, string rule, Func<JsonElement, T?> read, bool required = false)
        where T : struct =>
        !TryTake(name, required, out var value) ? null
        : read(value) is { } taken ? taken
        : Refuse<T?>(name, value, rule);

    private T? Refuse<T>(string name, JsonElement value, string rule)
    {
        violations.Add(new(Field(name), Shown(value), $"must be {rule}."));
        return default;
    }

    private static uint? ReadUid(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetUInt32(out var uid) && uid > 0 && IsPlain(value) ? uid : null;

    /// <summary>Written in digits, as every program writes whole numbers; what is written otherwise was meant to be something else.</summary>
    private static bool IsPlain(JsonElement number) =>
        number.GetRawText() is not "-0" and var text && !text.AsSpan().ContainsAny('.', 'e', 'E');

    private static TimeSpan? ReadDuration(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? XmlConvert.ToTimeSpan(value.GetString()!) : null;
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            return null;
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
            violations.Add(new(Field(name), null, "is required."));
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
