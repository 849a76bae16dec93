using RecordingService.Infrastructure.Agora;

namespace RecordingService.Infrastructure.Tests.Agora;

public sealed class ServerErrorShareTests
{
    [Fact]
    [Trait("Rule", "S5")]
    public void S5_ServerErrorsAboveOnePercent_AlarmOnceAndOnceMoreWhenTheyAreRareAgain()
    {
        var share = new ServerErrorShare();
        for (var call = 0; call < 199; call++)
        {
            share.Count(call < 10).ShouldBeNull("fewer than 200 calls say nothing");
        }

        share.Share.ShouldBeNull();
        share.Count(false).ShouldBe(true);
        share.Share.ShouldBe(0.05);
        List<bool?> changes = [.. Enumerable.Range(0, 2000).Select(_ => share.Count(false))];

        changes.Where(change => change is not null).ShouldBe([false]);
        share.Share.ShouldBe(0);
    }
}
