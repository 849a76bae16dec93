using Microsoft.Extensions.DependencyInjection;
using RecordingService.Domain;
using RecordingService.Domain.RoomTypes;
using RecordingService.Infrastructure.Agora;
using static RecordingService.Infrastructure.Tests.Agora.ClientUnderTest;

namespace RecordingService.Infrastructure.Tests.Agora;

public sealed class TokenCheckTests
{
    private static readonly DateTimeOffset Expiry = Parameters.TokenIssuedAt + Parameters.TokenLifetime;
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Theory]
    [Trait("Rule", "S15")]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    public async Task S15_StartWithAnExpiredToken_IsNotSent(int secondsAfterExpiry, bool isSent)
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(200, """{"sid":"sid1"}""");
        await using var client = At(server, Expiry.AddSeconds(secondsAfterExpiry));

        var result = await client.Agora.StartAsync(Start, Cancellation);

        (result.Value is not null).ShouldBe(isSent);
        server.Seen.Count.ShouldBe(isSent ? 1 : 0);
        if (!isSent)
        {
            result.Failure!.Kind.ShouldBe(AgoraFailureKind.InvalidRequest);
            result.Failure.Message.ShouldContain("expired at 1970-01-13T20:48:31Z");
        }
    }

    [Theory]
    [Trait("Rule", "S15")]
    [InlineData(0)]
    [InlineData(86_401)]
    public async Task S15_StartWithATokenOfNoPossibleLife_IsNotSent(int seconds)
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var client = new ClientUnderTest([server.Address]);

        var result = await client.Agora.StartAsync(
            Start with
            {
                Parameters = Parameters with { TokenLifetime = TimeSpan.FromSeconds(seconds) },
            },
            Cancellation
        );

        result.Failure!.Kind.ShouldBe(AgoraFailureKind.InvalidRequest);
        server.Seen.ShouldBeEmpty();
    }

    [Theory]
    [Trait("Rule", "S15")]
    [InlineData(RecordingMode.WebPage, Certificate)]
    [InlineData(RecordingMode.Mix, null)]
    public async Task S15_StartThatNeedsNoToken_IsSentWhateverItsAge(RecordingMode mode, string? certificate)
    {
        await using var server = (await ScriptedServer.StartAsync()).Answers(200, """{"sid":"sid1"}""");
        await using var client = At(server, Expiry.AddDays(1), ("Agora:Projects:school:Certificate", certificate));

        var result = await client.Agora.StartAsync(
            Start with
            {
                Parameters = Parameters with { Mode = mode, WebPage = new Uri("https://app.example/") },
            },
            Cancellation
        );

        result.Value.ShouldNotBeNull();
    }

    private static ClientUnderTest At(ScriptedServer server, DateTimeOffset now, params (string, string?)[] overrides) =>
        new([server.Address], services => services.AddSingleton<RecordingNow>(() => now), overrides);
}
