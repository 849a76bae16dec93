using RecordingService.Api.Tests.Support;

namespace RecordingService.Api.Tests;

public sealed class RoomTypeTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private readonly TestApi api = fixture.Api;

    [Fact]
    public async Task RoomTypes_Listed_TellWhatTheyDecide()
    {
        var list = (await (await api.GetAsync("/v1/room-types")).ShouldBeAsync(200)).GetProperty("items").EnumerateArray().ToList();
        var lecture = list.Single(type => type.GetProperty("name").GetString() == "lecture");

        list.Select(type => type.GetProperty("name").GetString()).ShouldBe(["exam", "lecture", "one-to-one", "small-class"]);
        lecture.GetProperty("version").GetInt32().ShouldBe(1);
        lecture
            .GetProperty("policy")
            .GetRawText()
            .ShouldBe(
                """
                {"mode":"mix","channelProfile":"live","streamTypes":"audioAndVideo","longestBreak":"PT5M","stayInChannel":false,"idleTime":{"maxIdleTime":"PT10M","derivation":"Twice the longest expected break of 5 min (room type) is 10 min."},"onIdleExit":"complete","maxDuration":"PT4H","layout":"vertical","quality":{"width":1280,"height":720,"framesPerSecond":15,"bitrateKbps":2260},"mp4":false,"storageProfile":null}
                """
            );
        (await (await api.GetAsync("/v1/room-types/lecture")).ShouldBeAsync(200)).GetRawText().ShouldBe(lecture.GetRawText());
    }

    [Fact]
    public async Task RoomTypes_OneThatStaysInTheChannel_IdlesAsLongAsItMayRecord()
    {
        var exam = await (await api.GetAsync("/v1/room-types/exam")).ShouldBeAsync(200);

        exam.GetProperty("policy").GetProperty("idleTime").GetProperty("maxIdleTime").GetString().ShouldBe("PT5H");
    }
}
