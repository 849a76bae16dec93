using System.Globalization;
using System.Text.Json.Nodes;

namespace RecordingService.Fuzz.Requests;

/// <summary>An operation of the OpenAPI document, as far as requests and verdicts need it.</summary>
/// <param name="Id">Its operationId.</param>
/// <param name="Method">Method in capital letters.</param>
/// <param name="Path">Path with its parameters in braces.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="ContentType">What its body is; null when it takes none.</param>
/// <param name="Body">Example of its body, as JSON.</param>
/// <param name="Answers">Documented statuses, each with the codes of problems that it is documented with; empty for others.</param>
/// <param name="AnyOther">Codes of problems that are documented for whatever status.</param>
internal sealed record Operation(
    string Id,
    string Method,
    string Path,
    IReadOnlyList<Parameter> Parameters,
    string? ContentType,
    string? Body,
    IReadOnlyDictionary<int, IReadOnlySet<string>> Answers,
    IReadOnlySet<string> AnyOther
)
{
    private readonly string[] segments = Path.Split('/');

    /// <summary>Whether a path, as it stands in a request, is one of this operation. Parts of dots are taken away by the server, and are none.</summary>
    public bool Matches(string path)
    {
        var asked = path.Split('/');
        if (asked.Any(segment => Uri.UnescapeDataString(segment) is "." or ".."))
        {
            return false;
        }

        return asked.Length == segments.Length
            && segments
                .Zip(asked)
                .All(pair =>
                    pair.First.StartsWith('{')
                        ? pair.Second.Length > 0
                        : string.Equals(pair.First, pair.Second, StringComparison.OrdinalIgnoreCase)
                );
    }

    /// <summary>Reads all operations of a document.</summary>
    public static IReadOnlyList<Operation> ReadAll(JsonNode document) =>
        [
            .. document["paths"]!
                .AsObject()
                .SelectMany(path => path.Value!.AsObject().Select(operation => Read(path.Key, operation.Key, operation.Value!))),
        ];

    private static Operation Read(string path, string method, JsonNode operation)
    {
        var body = operation["requestBody"]?["content"]?.AsObject().FirstOrDefault();
        var answers = operation["responses"]!.AsObject();
        return new(
            operation["operationId"]!.GetValue<string>(),
            method.ToUpperInvariant(),
            path,
            [.. (operation["parameters"]?.AsArray() ?? []).Select(parameter => Parameter.Read(parameter!))],
            body?.Key,
            body?.Value!["example"]?.ToJsonString(),
            answers
                .Where(answer => answer.Key != "default")
                .ToDictionary(
                    answer => int.Parse(answer.Key, CultureInfo.InvariantCulture),
                    answer => (IReadOnlySet<string>)Codes(answer.Value!)
                ),
            answers["default"] is { } other ? Codes(other) : new HashSet<string>()
        );
    }

    private static HashSet<string> Codes(JsonNode answer) =>
        (answer["content"]?["application/problem+json"]?["examples"]?.AsObject() ?? []).Select(example => example.Key).ToHashSet();
}

/// <summary>A parameter of an operation.</summary>
/// <param name="Name">Its name.</param>
/// <param name="In">path, query or header.</param>
/// <param name="Example">A value that works, or null.</param>
internal sealed record Parameter(string Name, string In, string? Example)
{
    public static Parameter Read(JsonNode parameter) =>
        new(parameter["name"]!.GetValue<string>(), parameter["in"]!.GetValue<string>(), parameter["example"]?.ToString());
}
