using System.Globalization;
using System.Text.Json.Nodes;
using RecordingService.Fuzz;
using RecordingService.Fuzz.Requests;
using RecordingService.LocalStack.Postgres;

namespace RecordingService.EndToEnd.Tests.Fuzz;

public sealed class FuzzTests(ITestOutputHelper output)
{
    private static readonly JsonNode Document = JsonNode.Parse(
        """
        {"paths":{
          "/v1/recordings/{id}":{"patch":{"operationId":"changeRecording",
            "parameters":[{"name":"id","in":"path","example":"1"},{"name":"Prefer","in":"header"}],
            "requestBody":{"content":{"application/json":{"example":{"maxDuration":"PT1H","metadata":{"teacher":"Ada"}}}}},
            "responses":{"200":{},"400":{"content":{"application/problem+json":{"examples":{"invalid-request":{}}}}}}}},
          "/health/live":{"get":{"operationId":"getLiveness","responses":{"200":{}}}}}}
        """
    )!;

    /// <summary>A short run of the command ./build.sh fuzz; the seed is another one than its own.</summary>
    [Fact]
    public async Task Run_OfAFewHundredRequests_FindsNothing()
    {
        Assert.SkipUnless(
            await PrivatePostgres.IsInstalledAsync(TestContext.Current.CancellationToken),
            "Needs the programs of an installed PostgreSQL."
        );
        await using var console = new StringWriter(CultureInfo.InvariantCulture);

        var isClean = await new FuzzRun(7, 300, null, TimeProvider.System, console).RunAsync(TestContext.Current.CancellationToken);

        output.WriteLine(console.ToString());
        isClean.ShouldBeTrue(console.ToString());
    }

    [Fact]
    public void Requests_OfTheSameSeed_AreTheSameByteForByte()
    {
        var (one, same, other) = (Make(1), Make(1), Make(2));

        one.ShouldBe(same);
        one.ShouldNotBe(other);
        one.Distinct().Count().ShouldBeGreaterThan(250, "each is another one");

        static List<string> Make(int seed)
        {
            var factory = new RequestFactory(Operation.ReadAll(Document), seed, ["019900b7-e200-7cc1-9d6e-0f2b7c1d8a11"]);
            return [.. Enumerable.Range(0, 400).Select(number => Convert.ToBase64String(factory.Make(number).ToBytes()))];
        }
    }

    [Fact]
    public void Finding_AsALineOfAShell_IsTheRequest()
    {
        var request = new FuzzRequest
        {
            Number = 1,
            Operation = Operation.ReadAll(Document)[0],
            Method = "PATCH",
            Target = "/v1/recordings/%zz?a='b",
            Body = [.. "{\"a\":\"it's "u8, 0xFF],
        };
        request.Headers.Add(("Host", "localhost"));
        request.Headers.Add(("Prefer", "wait=1"));

        request
            .ToShell()
            .ShouldBe(
                """
                curl -sS -i --path-as-is -X PATCH -H 'Prefer: wait=1' --data-binary $'{"a":"it\x27s \xff' "$API"$'/v1/recordings/%zz?a=\x27b'
                """
            );
    }
}
