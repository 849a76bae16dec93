using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace RecordingService.EndToEnd.Tests.LocalStack;

/// <summary>The page /swagger of a service that records: each example of each operation succeeds as it stands, in the order of the page.</summary>
public sealed class SwaggerExampleTests(SharedCloud cloud) : IClassFixture<SharedCloud>
{
    private const string Secret = "secret-of-notifications";

    [Fact]
    public async Task Examples_OfARunningService_SucceedWhenTheyArePressed()
    {
        using var http = new HttpClient { BaseAddress = cloud.Service.Api.Address, Timeout = TimeSpan.FromSeconds(120) };
        (await http.GetStringAsync("/swagger/index.html", TestContext.Current.CancellationToken)).ShouldContain("swagger-ui");
        var first = await DocumentAsync(http);
        // The first button of the page, with a wait so that there is a recorder to act upon.
        var start = Operations(first).Single(one => one.Operation["operationId"]!.GetValue<string>() == "startRecording");
        using (var started = await PressAsync(http, start, ("Prefer", "wait=60")))
        {
            started.StatusCode.ShouldBe(
                HttpStatusCode.Created,
                await started.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)
            );
        }

        // What others are about is made first; the document knows it when the page is loaded again.
        foreach (
            var making in Operations(first)
                .Where(one => one.Operation["operationId"]!.GetValue<string>() is "createWebhook" or "createApiKey")
        )
        {
            using var made = await PressAsync(http, making);
            made.StatusCode.ShouldBe(HttpStatusCode.Created, making.Path);
        }

        var document = await DocumentAsync(http);
        // What is deleted cannot be read or acted on any more.
        foreach (var one in Operations(document).OrderBy(one => one.Method == HttpMethod.Delete ? 1 : 0))
        {
            using var answer = await PressAsync(http, one);

            var name = $"{one.Method} {one.Path}";
            ((int)answer.StatusCode).ShouldBeInRange(
                200,
                299,
                answer.IsSuccessStatusCode
                    ? name
                    : $"{name}: {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}"
            );
            one.Operation["responses"]![$"{(int)answer.StatusCode}"].ShouldNotBeNull($"{name} answers {answer.StatusCode}");
        }
    }

    private static async Task<HttpResponseMessage> PressAsync(
        HttpClient http,
        (HttpMethod Method, string Path, JsonNode Operation) one,
        params (string Name, string Value)[] headers
    )
    {
        var path = (one.Operation["parameters"]?.AsArray() ?? [])
            .Where(parameter => parameter!["in"]!.GetValue<string>() == "path")
            .Aggregate(
                one.Path,
                (path, parameter) =>
                    path.Replace($"{{{parameter!["name"]}}}", parameter["example"]!.GetValue<string>(), StringComparison.Ordinal)
            );
        using var request = new HttpRequestMessage(one.Method, path);
        if (one.Operation["requestBody"]?["content"]!["application/json"]!["example"]?.ToJsonString() is { } body)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            if (path.StartsWith("/agora/", StringComparison.Ordinal))
            {
                // Only Agora can press this one, because only it has the secret.
                var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes(body));
                request.Headers.Add("Agora-Signature-V2", Convert.ToHexStringLower(signature));
            }
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        // A stream never ends, so its first bytes have to do.
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    private static IEnumerable<(HttpMethod Method, string Path, JsonNode Operation)> Operations(JsonNode document) =>
        document["paths"]!
            .AsObject()
            .SelectMany(path =>
                path.Value!.AsObject().Select(operation => (new HttpMethod(operation.Key.ToUpperInvariant()), path.Key, operation.Value!))
            );

    private static async Task<JsonNode> DocumentAsync(HttpClient http) =>
        (await http.GetFromJsonAsync<JsonNode>("/openapi/v1.json", TestContext.Current.CancellationToken))!;
}
