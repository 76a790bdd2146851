-- A message to a callbackUrl is named by the end that it tells of; jobs named otherwise told of an analysis, and none knows
-- them any more.
delete from callback_task where task_instance not like 'msg%';
