using System.Text;
using System.Text.Json;
using RecordingService.LocalStack.Processes;

namespace RecordingService.EndToEnd.Tests.Secrets;

/// <summary>The search itself: what it would miss, the test of the service would miss.</summary>
public sealed class SecretSearchTests
{
    private const string Secret = "pl@nted/secret+with=signs&é";

    public static TheoryData<string> Texts
    {
        get
        {
            TheoryData<string> texts =
            [
                $"before {Secret} behind",
                Uri.EscapeDataString($"x={Secret}"),
                JsonSerializer.Serialize(new { a = Secret }),
                $"HEX {Convert.ToHexString(Encoding.UTF8.GetBytes($"ab{Secret}cd"))}",
                $"hex {Convert.ToHexStringLower(Encoding.UTF8.GetBytes($"ab{Secret}cd"))}",
            ];
            for (var before = 0; before < 4; before++)
            {
                for (var behind = 0; behind < 4; behind++)
                {
                    var base64 = Convert.ToBase64String(
                        Encoding.UTF8.GetBytes($"{new string('k', before)}{Secret}{new string('z', behind)}")
                    );
                    texts.Add($"Basic {base64}");
                    texts.Add(base64.TrimEnd('=').Replace('+', '-').Replace('/', '_'));
                    texts.Add(JsonSerializer.Serialize(base64));
                    texts.Add(Uri.EscapeDataString(base64));
                }
            }

            return texts;
        }
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Secret_InAnyForm_IsFound(string text) =>
        new SecretSearch(new Dictionary<string, string> { ["it"] = Secret }).In(text).ShouldNotBeEmpty();

    [Fact]
    public void Secret_ThatIsNotThere_IsNotFound() =>
        new SecretSearch(new Dictionary<string, string> { ["it"] = Secret })
            .In($"{Secret[1..]} {Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret[..^1]))} {new string('A', 500)}")
            .ShouldBeEmpty();

    /// <summary>The one that every deployment of a test has.</summary>
    [Theory]
    [InlineData("secret is " + DemoAccount.CustomerSecret)]
    [InlineData("rsk_7RkP2mVx9QaZ_0123456789012345678901234567890123456789012")]
    [InlineData("whsec_ZXhhbXBsZSBvZiBhIHNlY3JldCBvZiAzMiBieXRlcyE=")]
    [InlineData("token 007eJxTYHhz+/z5tWFd8RkZ2YV4")]
    public void Watch_SeesWhatWasPlanted(string line)
    {
        var watch = new SecretWatch();

        watch.SeeOutput("Nothing to see here.");
        var before = watch.Hits.Count;
        watch.SeeOutput(line);

        (before, watch.Hits.Count).ShouldBe((0, 1));
    }
}
