using System.Text.Json.Nodes;

namespace RecordingService.Client.Tests.Support;

internal static class Repository
{
    /// <summary>Folder of the repository that the tests run inside.</summary>
    public static string Root { get; } = Find();

    /// <summary>The OpenAPI document, as committed.</summary>
    public static JsonObject OpenApi { get; } =
        JsonNode.Parse(File.ReadAllText(Path.Combine(Root, "docs", "openapi", "recording-v1.json")))!.AsObject();

    /// <summary>The example of an answer or a request in the OpenAPI document.</summary>
    public static JsonNode Example(string operationId, string status) =>
        Operation(operationId).Answers[status]!["content"]!["application/json"]!["example"]!.DeepClone();

    /// <summary>An operation of the OpenAPI document.</summary>
    public static (string Method, string Path, JsonNode Definition, JsonObject Answers) Operation(string operationId) =>
        Operations.Single(operation => (string?)operation.Definition["operationId"] == operationId);

    public static IEnumerable<(string Method, string Path, JsonNode Definition, JsonObject Answers)> Operations =>
        from path in OpenApi["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        where operation.Key is "get" or "put" or "post" or "patch" or "delete"
        select (operation.Key.ToUpperInvariant(), path.Key, operation.Value, operation.Value["responses"]!.AsObject());

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "RecordingService.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return folder.FullName;
    }
}
