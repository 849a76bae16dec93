using System.Globalization;
using System.Text;
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
            var factory = NewFactory(seed);
            return [.. Enumerable.Range(0, 400).Select(number => Convert.ToBase64String(factory.Make(number).ToBytes()))];
        }
    }

    /// <summary>What has no key gets no further than to the door; so most have one, whatever else is done to them.</summary>
    [Fact]
    public void Requests_MostlyCarryTheKeyThatAllowsEverything_AndSomeNoneOrAnother()
    {
        var factory = NewFactory(1);
        var requests = Enumerable.Range(0, 2000).Select(factory.Make).ToList();
        var sent = requests.Select(request => Encoding.Latin1.GetString(request.ToBytes())).ToList();

        Share(Keys.Full).ShouldBeInRange(0.6, 0.8);
        Share(Keys.Reading).ShouldBeInRange(0.03, 0.09);
        Share(Keys.OtherProject).ShouldBeInRange(0.03, 0.09);
        Share(Keys.Wrong).ShouldBeInRange(0.01, 0.07);
        sent.Count(text => !text.Contains("Authorization:", StringComparison.OrdinalIgnoreCase)).ShouldBeGreaterThan(60);
        requests.Where(request => request.Mutations.Contains("no key")).ShouldAllBe(request => request.Key == null);
        requests.ShouldContain(request => request.Raw != null && Encoding.Latin1.GetString(request.Raw).Contains(Keys.Full));
        Keys.Wrong.ShouldNotBe(Keys.Full);
        Keys.Wrong.Split('_')[1].ShouldBe(Keys.Full.Split('_')[1], "the id is known");

        double Share(string key) => sent.Count(text => text.Contains(key, StringComparison.Ordinal)) / (double)sent.Count;
    }

    private static readonly FuzzKeys Keys = new(Key("full"), Key("reading"), Key("other"));

    private static string Key(string id) => $"rsk_{id.PadLeft(12, '0')}_{id.PadRight(43, '0')}";

    private static RequestFactory NewFactory(int seed) =>
        new(Operation.ReadAll(Document), seed, new(["019900b7-e200-7cc1-9d6e-0f2b7c1d8a11"], []), Keys);

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
        request.Key = Keys.Full;
        request.Headers.Add(("Authorization", $"Bearer {Keys.Full}"));

        request
            .ToShell()
            .ShouldBe(
                """
                curl -sS -i --path-as-is -X PATCH -H 'Prefer: wait=1' -H "Authorization: Bearer $KEY" --data-binary $'{"a":"it\x27s \xff' "$API"$'/v1/recordings/%zz?a=\x27b'
                """
            );
    }
}
